// Writes tree_kinds.root: what uproot cannot write. Run by ROOT 6.40: root -l -b -q tree_kinds.C
//
// Every branch has small baskets of its own length, so that none line up; event i has i % 4
// elements, element j of event i is 10 i + j.
#include <TFile.h>
#include <TTree.h>
#include <vector>

void tree_kinds()
{
   TFile file("tree_kinds.root", "RECREATE", "", 101);
   TTree tree("Events", "kinds of branches");
   tree.SetAutoFlush(250);
   const int most = 4;
   int nHit = 0;
   float energy[most];
   bool good[most];
   unsigned char layer[most];
   short cell[most];
   Double32_t time[most];
   Double32_t width[most];
   Float16_t depth[most];
   Double32_t plain = 0;
   double met = 0;
   bool passed = false;
   std::vector<float> trackPt;
   std::vector<bool> trackGood;
   std::vector<long long> trackId;
   tree.Branch("nHit", &nHit, "nHit/I", 700);
   tree.Branch("Hit_energy", energy, "Hit_energy[nHit]/F", 900);
   tree.Branch("Hit_good", good, "Hit_good[nHit]/O", 500);
   tree.Branch("Hit_layer", layer, "Hit_layer[nHit]/b", 600);
   tree.Branch("Hit_cell", cell, "Hit_cell[nHit]/S", 800);
   tree.Branch("Hit_time", time, "Hit_time[nHit]/d[0,16384,24]", 1000);
   tree.Branch("Hit_width", width, "Hit_width[nHit]/d", 1000);
   tree.Branch("Hit_depth", depth, "Hit_depth[nHit]/f", 1000);
   tree.Branch("plain", &plain, "plain/d[0,16384,24]", 1100);
   tree.Branch("met", &met, "met/D", 1300);
   tree.Branch("passed", &passed, "passed/O", 400);
   tree.Branch("Track_pt", &trackPt, 1200);
   tree.Branch("Track_good", &trackGood, 1500);
   tree.Branch("Track_id", &trackId, 1700);
   for (int i = 0; i < 1000; ++i) {
      nHit = i % 4;
      trackPt.clear();
      trackGood.clear();
      trackId.clear();
      for (int j = 0; j < nHit; ++j) {
         const int number = 10 * i + j;
         energy[j] = number;
         good[j] = number % 3 == 0;
         layer[j] = number % 256;
         cell[j] = -number;
         time[j] = number;
         width[j] = number;
         depth[j] = number % 64;
         trackPt.push_back(number);
         trackGood.push_back(number % 3 == 0);
         trackId.push_back(-number);
      }
      plain = i;
      met = -i;
      passed = i % 5 == 0;
      tree.Fill();
   }
   tree.Write();
}
