// The ADL queries by RDataFrame, typed and compiled: ./rdf_adl FILE, one thread.
//
// A line "Q5" on the input becomes a line {"seconds": ..., "contents": [...]} on the output, as in
// serve.py. Columns that a later step needs are read for surviving events only, cuts on the
// counters come first, and momenta are made once per particle, in double.

#include <ROOT/RDataFrame.hxx>
#include <ROOT/RVec.hxx>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <iostream>
#include <map>
#include <string>

using ROOT::RDataFrame;
using ROOT::RVecF;
using ROOT::RVecI;
using Histogram = ROOT::RDF::RResultPtr<TH1D>;

namespace {

const ROOT::RDF::TH1DModel kMet("", "", 100, 0, 200);

struct Momentum {
  double x, y, z, t;
  Momentum operator+(const Momentum &o) const { return {x + o.x, y + o.y, z + o.z, t + o.t}; }
  double pt() const { return std::sqrt(x * x + y * y); }
  double mass() const { return std::sqrt(std::max(t * t - x * x - y * y - z * z, 0.)); }
};

Momentum momentum(double pt, double eta, double phi, double mass) {
  const double z = pt * std::sinh(eta);
  return {pt * std::cos(phi), pt * std::sin(phi), z, std::sqrt(pt * pt + z * z + mass * mass)};
}

using Momenta = ROOT::RVec<Momentum>;

Momenta momenta(const RVecF &pt, const RVecF &eta, const RVecF &phi, const RVecF &mass) {
  Momenta made(pt.size());
  for (std::size_t i = 0; i < pt.size(); ++i)
    made[i] = momentum(pt[i], eta[i], phi[i], mass[i]);
  return made;
}

Histogram q1(RDataFrame &events) { return events.Histo1D<float>(kMet, "MET_pt"); }

Histogram q2(RDataFrame &events) { return events.Histo1D<RVecF>({"", "", 100, 15, 60}, "Jet_pt"); }

Histogram q3(RDataFrame &events) {
  auto central = [](const RVecF &pt, const RVecF &eta) { return RVecF(pt[abs(eta) < 1.f]); };
  return events.Define("central", central, {"Jet_pt", "Jet_eta"})
      .Histo1D<RVecF>({"", "", 100, 15, 60}, "central");
}

Histogram q4(RDataFrame &events) {
  auto two_jets = [](const RVecF &pt) {
    int hard = 0;
    for (float value : pt)
      hard += value > 40.f;
    return hard >= 2;
  };
  return events.Filter([](int n) { return n >= 2; }, {"nJet"})
      .Filter(two_jets, {"Jet_pt"})
      .Histo1D<float>(kMet, "MET_pt");
}

bool has_z(const RVecF &pt, const RVecF &eta, const RVecF &phi, const RVecF &mass,
           const RVecI &charge) {
  for (std::size_t i = 0; i + 1 < pt.size(); ++i)
    for (std::size_t j = i + 1; j < pt.size(); ++j) {
      if (charge[i] == charge[j])
        continue;
      const auto pair = momentum(pt[i], eta[i], phi[i], mass[i]) +
                        momentum(pt[j], eta[j], phi[j], mass[j]);
      if (const double m = pair.mass(); m > 60 && m < 120)
        return true;
    }
  return false;
}

Histogram q5(RDataFrame &events) {
  return events.Filter([](int n) { return n >= 2; }, {"nMuon"})
      .Filter(has_z, {"Muon_pt", "Muon_eta", "Muon_phi", "Muon_mass", "Muon_charge"})
      .Histo1D<float>(kMet, "MET_pt");
}

struct Trijet {
  std::size_t i, j, k;
  double pt;
};

Trijet best_trijet(const RVecF &pt, const RVecF &eta, const RVecF &phi, const RVecF &mass) {
  const auto jets = momenta(pt, eta, phi, mass);
  Trijet best{};
  double nearest = INFINITY;
  for (std::size_t i = 0; i + 2 < jets.size(); ++i)
    for (std::size_t j = i + 1; j + 1 < jets.size(); ++j) {
      const auto pair = jets[i] + jets[j];
      for (std::size_t k = j + 1; k < jets.size(); ++k) {
        const auto all = pair + jets[k];
        if (const double away = std::abs(all.mass() - 172.5); away < nearest) {
          nearest = away;
          best = {i, j, k, all.pt()};
        }
      }
    }
  return best;
}

auto tops(RDataFrame &events) {
  return events.Filter([](int n) { return n >= 3; }, {"nJet"})
      .Define("top", best_trijet, {"Jet_pt", "Jet_eta", "Jet_phi", "Jet_mass"});
}

Histogram q6a(RDataFrame &events) {
  return tops(events)
      .Define("top_pt", [](const Trijet &top) { return top.pt; }, {"top"})
      .Histo1D<double>({"", "", 100, 15, 40}, "top_pt");
}

Histogram q6b(RDataFrame &events) {
  auto largest = [](const Trijet &top, const RVecF &btag) {
    return std::max({btag[top.i], btag[top.j], btag[top.k]});
  };
  return tops(events)
      .Define("largest", largest, {"top", "Jet_btag"})
      .Histo1D<float>({"", "", 100, 0, 1}, "largest");
}

bool near(double eta, double phi, const RVecF &pt, const RVecF &other_eta, const RVecF &other_phi) {
  for (std::size_t i = 0; i < pt.size(); ++i) {
    if (pt[i] <= 10.f)
      continue;
    const double de = eta - other_eta[i];
    double dp = std::abs(phi - other_phi[i]);
    if (dp > M_PI)
      dp = 2 * M_PI - dp;
    if (de * de + dp * dp < 0.16)
      return true;
  }
  return false;
}

Histogram q7(RDataFrame &events) {
  // Negative where no jet is left: such events are not filled.
  auto total = [](const RVecF &pt, const RVecF &eta, const RVecF &phi, const RVecF &ept,
                  const RVecF &eeta, const RVecF &ephi, const RVecF &mpt, const RVecF &meta,
                  const RVecF &mphi) {
    float sum = -1;
    for (std::size_t i = 0; i < pt.size(); ++i)
      if (pt[i] > 30.f && !near(eta[i], phi[i], ept, eeta, ephi) &&
          !near(eta[i], phi[i], mpt, meta, mphi))
        sum = std::max(sum, 0.f) + pt[i];
    return sum;
  };
  auto hard = [](const RVecF &pt) { return Any(pt > 30.f); };
  return events.Filter([](int n) { return n >= 1; }, {"nJet"})
      .Filter(hard, {"Jet_pt"})
      .Define("total", total,
              {"Jet_pt", "Jet_eta", "Jet_phi", "Electron_pt", "Electron_eta", "Electron_phi",
               "Muon_pt", "Muon_eta", "Muon_phi"})
      .Filter([](float sum) { return sum >= 0; }, {"total"})
      .Histo1D<float>({"", "", 100, 15, 200}, "total");
}

// Transverse mass of MET and the hardest lepton outside the best Z; negative without a Z.
double transverse_mass(const RVecF &ept, const RVecF &eeta, const RVecF &ephi, const RVecF &emass,
                       const RVecI &echarge, const RVecF &mpt, const RVecF &meta, const RVecF &mphi,
                       const RVecF &mmass, const RVecI &mcharge, float met, float met_phi) {
  const std::size_t electrons = ept.size();
  const auto pt = Concatenate(ept, mpt), phi = Concatenate(ephi, mphi);
  const auto charge = Concatenate(echarge, mcharge);
  const auto lepton = Concatenate(momenta(ept, eeta, ephi, emass), momenta(mpt, meta, mphi, mmass));
  double nearest = INFINITY;
  std::size_t first = 0, second = 0;
  for (std::size_t i = 0; i + 1 < lepton.size(); ++i)
    for (std::size_t j = i + 1; j < lepton.size(); ++j) {
      if (charge[i] == charge[j] || (i < electrons) != (j < electrons))
        continue;
      const double away = std::abs((lepton[i] + lepton[j]).mass() - 91.2);
      if (away < nearest) {
        nearest = away;
        first = i;
        second = j;
      }
    }
  if (nearest == INFINITY)
    return -1;
  std::size_t leading = lepton.size();
  for (std::size_t i = 0; i < lepton.size(); ++i)
    if (i != first && i != second && (leading == lepton.size() || pt[i] > pt[leading]))
      leading = i;
  return std::sqrt(2. * pt[leading] * met * (1 - std::cos(double(phi[leading]) - met_phi)));
}

Histogram q8(RDataFrame &events) {
  return events.Filter([](int e, int m) { return e + m >= 3; }, {"nElectron", "nMuon"})
      .Define("mt", transverse_mass,
              {"Electron_pt", "Electron_eta", "Electron_phi", "Electron_mass", "Electron_charge",
               "Muon_pt", "Muon_eta", "Muon_phi", "Muon_mass", "Muon_charge", "MET_pt", "MET_phi"})
      .Filter([](double mt) { return mt >= 0; }, {"mt"})
      .Histo1D<double>({"", "", 100, 0, 200}, "mt");
}

const std::map<std::string, std::function<Histogram(RDataFrame &)>> kQueries{
    {"Q1", q1}, {"Q2", q2}, {"Q3", q3}, {"Q4", q4}, {"Q5", q5}, {"Q6a", q6a}, {"Q6b", q6b},
    {"Q7", q7}, {"Q8", q8}};

} // namespace

int main(int, char **argv) {
  TH1::AddDirectory(false);
  for (std::string name; std::getline(std::cin, name);) {
    const auto began = std::chrono::steady_clock::now();
    RDataFrame events("Events", argv[1]);
    auto result = kQueries.at(name)(events);
    const TH1D &histogram = *result;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
    std::printf("{\"seconds\": %.6f, \"contents\": [", seconds.count());
    for (int bin = 0; bin < histogram.GetNbinsX() + 2; ++bin)
      std::printf("%s%.0f", bin ? ", " : "", histogram.GetBinContent(bin));
    std::printf("]}\n");
    std::fflush(stdout);
  }
}
