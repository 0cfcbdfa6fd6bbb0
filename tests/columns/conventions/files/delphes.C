// Writes delphes.root as Delphes' tree writer does: arrays of objects that ROOT splits, their sizes.
// root -l -b -q delphes.C   (ROOT 6.40)
#include "TClonesArray.h"
#include "TFile.h"
#include "TObject.h"
#include "TTree.h"

class Jet : public TObject {
public:
  Float_t PT, Eta, Phi, Mass, Tau[5];
  UInt_t BTag;
  ClassDefInline(Jet, 1)
};
class Electron : public TObject {
public:
  Float_t PT, Eta, Phi;
  Int_t Charge;
  ClassDefInline(Electron, 1)
};
class HepMCEvent : public TObject {
public:
  Long64_t Number;
  Float_t Weight;
  ClassDefInline(HepMCEvent, 1)
};

void delphes(const char *name = "delphes.root") {
  TFile file(name, "RECREATE", "", 505);
  TTree tree("Delphes", "Analysis tree");
  TClonesArray jets("Jet"), electrons("Electron"), events("HepMCEvent");
  TClonesArray *arrays[] = {&events, &jets, &electrons};
  const char *names[] = {"Event", "Jet", "Electron"};
  Int_t sizes[3];
  for (int i = 0; i < 3; ++i) {
    tree.Branch(names[i], &arrays[i], 4000, 99);
    tree.Branch(TString::Format("%s_size", names[i]), &sizes[i]);
  }
  for (int number = 0; number < 6; ++number) {
    for (int i = 0; i < 3; ++i) arrays[i]->Clear();
    sizes[0] = 1, sizes[1] = 2 * number % 3, sizes[2] = number % 2;
    auto *event = static_cast<HepMCEvent *>(events.ConstructedAt(0));
    event->Number = 100 + number, event->Weight = 0.5 * number;
    for (int i = 0; i < sizes[1]; ++i) {
      auto *jet = static_cast<Jet *>(jets.ConstructedAt(i));
      jet->PT = 10 * number + i, jet->Eta = 0.5 * i, jet->Phi = 1, jet->Mass = 2;
      jet->BTag = i;
      for (int k = 0; k < 5; ++k) jet->Tau[k] = k;
    }
    for (int i = 0; i < sizes[2]; ++i) {
      auto *electron = static_cast<Electron *>(electrons.ConstructedAt(i));
      electron->PT = 7 + number, electron->Eta = 1, electron->Phi = -1, electron->Charge = -1;
    }
    tree.Fill();
  }
  tree.Write();
}
