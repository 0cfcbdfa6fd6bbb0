// The mass of B -> KKK by RDataFrame, typed and compiled: ./rdf_flat FILE, one thread.
//
// Every line on the input is answered as in serve.py.

#include <ROOT/RDataFrame.hxx>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <string>

namespace {

constexpr double kKaon = 493.677; // MeV

double energy(double x, double y, double z) {
  return std::sqrt(x * x + y * y + z * z + kKaon * kKaon);
}

double mass(double x1, double y1, double z1, double x2, double y2, double z2, double x3, double y3,
            double z3) {
  const double x = x1 + x2 + x3, y = y1 + y2 + y3, z = z1 + z2 + z3;
  const double t = energy(x1, y1, z1) + energy(x2, y2, z2) + energy(x3, y3, z3);
  return std::sqrt(t * t - x * x - y * y - z * z);
}

} // namespace

int main(int, char **argv) {
  TH1::AddDirectory(false);
  for (std::string line; std::getline(std::cin, line);) {
    const auto began = std::chrono::steady_clock::now();
    ROOT::RDataFrame events("PhaseSpaceTree", argv[1]);
    auto result = events.Filter([](double chi2) { return chi2 < 12; }, {"B_VertexChi2"})
                      .Define("mass", mass,
                              {"H1_PX", "H1_PY", "H1_PZ", "H2_PX", "H2_PY", "H2_PZ", "H3_PX",
                               "H3_PY", "H3_PZ"})
                      .Histo1D<double>({"", "", 100, 5000, 5600}, "mass");
    const TH1D &histogram = *result;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
    std::printf("{\"seconds\": %.6f, \"contents\": [", seconds.count());
    for (int bin = 0; bin < histogram.GetNbinsX() + 2; ++bin)
      std::printf("%s%.0f", bin ? ", " : "", histogram.GetBinContent(bin));
    std::printf("]}\n");
    std::fflush(stdout);
  }
}
