// Makes ntuple_encodings.root, which test_rntuple.py reads:
//   python -c "import ROOT; ROOT.gROOT.ProcessLine('.x ntuple_encodings.C')"     (ROOT 6.40)
// Every encoding of a number that RNTuple has; small pages, several clusters; a column that
// changes its representation; fields that begin in the middle of a cluster, with others after.
#include <ROOT/RNTupleModel.hxx>
#include <ROOT/RNTupleWriter.hxx>
#include <ROOT/RNTupleWriteOptions.hxx>
#include <ROOT/RField.hxx>
#include <random>

using ROOT::ENTupleColumnType;
using ROOT::RFieldBase;

struct Muon {
  float pt;
  double eta;
  int charge;
  bool tight;
};
struct Missing {
  float pt;
  float phi;
};

void add(ROOT::RNTupleModel &model, const char *name, const char *type,
         RFieldBase::RColumnRepresentations::Selection_t encodings) {
  auto field = RFieldBase::Create(name, type).Unwrap();
  field->SetColumnRepresentatives(encodings);
  model.AddField(std::move(field));
}

void addPacked(ROOT::RNTupleModel &model) {
  for (int bits : {10, 17, 31}) {
    auto field = std::make_unique<ROOT::RField<float>>("trunc_" + std::to_string(bits));
    field->SetTruncated(bits);
    model.AddField(std::move(field));
  }
  for (int bits : {1, 9, 20, 32}) {
    auto field = std::make_unique<ROOT::RField<float>>("quant_" + std::to_string(bits));
    field->SetQuantized(bits, {-100., 100.});
    model.AddField(std::move(field));
  }
}

// What a projected field stands for: Lepton_pt._0 is Muon._0.pt, nLepton the length of Muon.
std::string source(const std::string &asked) {
  auto end = asked.find("._0");
  return end == std::string::npos ? "Muon" : "Muon._0." + asked.substr(7, end - 7);
}

void ntuple_encodings() {
  auto model = ROOT::RNTupleModel::Create();
  using T = ENTupleColumnType;
  add(*model, "f_split", "float", {{T::kSplitReal32}});
  add(*model, "f_plain", "float", {{T::kReal32}});
  add(*model, "f_half", "float", {{T::kReal16}});
  add(*model, "f_two", "float", {{T::kReal32}, {T::kReal16}});
  add(*model, "f_same", "float", {{T::kReal32}});
  add(*model, "d_split", "double", {{T::kSplitReal64}});
  add(*model, "d_plain", "double", {{T::kReal64}});
  add(*model, "d_short", "double", {{T::kSplitReal32}});
  add(*model, "i64_split", "std::int64_t", {{T::kSplitInt64}});
  add(*model, "i64_plain", "std::int64_t", {{T::kInt64}});
  add(*model, "u64_split", "std::uint64_t", {{T::kSplitUInt64}});
  add(*model, "u64_plain", "std::uint64_t", {{T::kUInt64}});
  add(*model, "i32_split", "std::int32_t", {{T::kSplitInt32}});
  add(*model, "i32_plain", "std::int32_t", {{T::kInt32}});
  add(*model, "u32_split", "std::uint32_t", {{T::kSplitUInt32}});
  add(*model, "u32_plain", "std::uint32_t", {{T::kUInt32}});
  add(*model, "i16_split", "std::int16_t", {{T::kSplitInt16}});
  add(*model, "i16_plain", "std::int16_t", {{T::kInt16}});
  add(*model, "u16_split", "std::uint16_t", {{T::kSplitUInt16}});
  add(*model, "u16_plain", "std::uint16_t", {{T::kUInt16}});
  add(*model, "i8", "std::int8_t", {{T::kInt8}});
  add(*model, "u8", "std::uint8_t", {{T::kUInt8}});
  add(*model, "letter", "char", {{T::kChar}});
  add(*model, "flag", "bool", {{T::kBit}});
  add(*model, "A_split64", "std::vector<float>", {{T::kSplitIndex64}});
  add(*model, "B_split32", "std::vector<std::int16_t>", {{T::kSplitIndex32}});
  add(*model, "C_index64", "std::vector<bool>", {{T::kIndex64}});
  add(*model, "D_index32", "ROOT::RVec<double>", {{T::kIndex32}});
  add(*model, "E_as_long_as_A", "std::vector<std::int32_t>", {{T::kSplitIndex64}});
  addPacked(*model);
  for (auto [name, type] : {std::pair{"Muon", "std::vector<Muon>"},
                            {"MET", "Missing"},
                            {"word", "std::string"},
                            {"nested", "std::vector<std::vector<float>>"},
                            {"fixed", "std::array<float, 3>"}})
    model->AddField(RFieldBase::Create(name, type).Unwrap());
  for (const char *member : {"pt", "eta"}) {
    auto name = "Muon_" + std::string(member);
    auto type = std::string("ROOT::RVec<") + (name == "Muon_pt" ? "float>" : "double>");
    auto field = RFieldBase::Create("Lepton_" + std::string(member), type).Unwrap();
    model->AddProjectedField(std::move(field), source);
  }
  model->AddProjectedField(
      std::make_unique<ROOT::RField<ROOT::RNTupleCardinality<std::uint32_t>>>("nLepton"), source);

  ROOT::RNTupleWriteOptions options;
  options.SetCompression(505);
  options.SetInitialUnzippedPageSize(64);
  options.SetMaxUnzippedPageSize(256);
  auto writer = ROOT::RNTupleWriter::Recreate(std::move(model), "Events",
                                              "ntuple_encodings.root", options);
  std::mt19937_64 random(7);
  std::normal_distribution<double> normal(0., 30.);
  auto set = [&](const char *name, auto value) {
    auto &entry = writer->GetModel().GetDefaultEntry();
    *std::static_pointer_cast<decltype(value)>(entry.GetPtr<void>(name)) = value;
  };
  auto real = [&](const char *name, double value) { set(name, float(value)); };
  const int clusters[] = {150, 1, 149, 200};
  int event = 0;
  for (int cluster = 0; cluster < 4; cluster++) {
    for (int i = 0; i < clusters[cluster]; i++, event++) {
      if (event == 220) {
        auto updater = writer->CreateModelUpdater();
        updater->BeginUpdate();
        updater->AddField(RFieldBase::Create("late", "float").Unwrap());
        updater->AddField(RFieldBase::Create("Late_list", "std::vector<std::int32_t>").Unwrap());
        updater->CommitUpdate();
      }
      for (auto name : {"f_split", "f_plain", "f_half", "trunc_10", "trunc_17",
                        "trunc_31"})
        real(name, normal(random));
      // Halves hold these without loss: both columns have the same numbers.
      for (auto name : {"f_two", "f_same"}) real(name, (37 * event % 1001 - 500) / 8.);
      for (auto name : {"quant_1", "quant_9", "quant_20", "quant_32"})
        real(name, std::max(-100., std::min(100., normal(random))));
      for (auto name : {"d_split", "d_plain", "d_short"}) set(name, normal(random));
      auto bits = random();
      set("i64_split", std::int64_t(bits));
      set("i64_plain", std::int64_t(bits));
      set("u64_split", std::uint64_t(bits));
      set("u64_plain", std::uint64_t(bits));
      set("i32_split", std::int32_t(bits));
      set("i32_plain", std::int32_t(bits));
      set("u32_split", std::uint32_t(bits));
      set("u32_plain", std::uint32_t(bits));
      set("i16_split", std::int16_t(bits));
      set("i16_plain", std::int16_t(bits));
      set("u16_split", std::uint16_t(bits));
      set("u16_plain", std::uint16_t(bits));
      set("i8", std::int8_t(bits));
      set("u8", std::uint8_t(bits));
      set("letter", char(bits));
      set("flag", bool(bits % 3 == 0));
      std::vector<float> a(bits % 4);
      for (auto &x : a) x = normal(random);
      set("A_split64", a);
      set("E_as_long_as_A", std::vector<std::int32_t>(a.size(), event));
      std::vector<std::int16_t> b(bits / 8 % 3);
      for (auto &x : b) x = random();
      set("B_split32", b);
      std::vector<bool> c(bits / 64 % 7);
      for (std::size_t k = 0; k < c.size(); k++) c[k] = random() % 2;
      set("C_index64", c);
      ROOT::RVec<double> d(event < 300 ? 0 : bits / 1024 % 5);
      for (auto &x : d) x = normal(random);
      set("D_index32", d);
      std::vector<Muon> muons(random() % 3);
      for (auto &muon : muons)
        muon = {float(std::abs(normal(random))), normal(random) / 20, random() % 2 ? 1 : -1,
                random() % 2 == 0};
      set("Muon", muons);
      set("MET", Missing{float(std::abs(normal(random))), float(normal(random) / 10)});
      set("word", "event" + std::to_string(event));
      set("nested", std::vector<std::vector<float>>{{1.f, 2.f}, {}});
      set("fixed", std::array<float, 3>{1.f, 2.f, 3.f});
      if (event >= 220) {
        real("late", event);
        set("Late_list", std::vector<std::int32_t>(event % 3, event));
      }
      writer->Fill();
    }
    writer->CommitCluster();
    auto &two = const_cast<RFieldBase &>(writer->GetModel().GetConstField("f_two"));
    ROOT::Internal::RFieldRepresentationModifier::SetPrimaryColumnRepresentation(two, (cluster + 1) % 2);
  }
}
