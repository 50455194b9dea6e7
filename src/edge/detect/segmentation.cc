// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/segmentation.h"

#include <algorithm>
#include <cmath>
#include <span>

#include <fmt/format.h>

#include "base/sha256.h"
#include "edge/boom/text_file.h"
#include "json/text.h"
#include "json/value.h"

namespace furrow::edge {
namespace {

constexpr char kEntry[] = "furrow.segmentation";

// The seal is one more entry of the model's metadata: a message in field 14 that holds the key in
// field 1 and 64 hexadecimal digits in field 2. Messages of Protocol Buffers may be appended so.
constexpr std::string_view kSealHead =
    "\x72\x51\x0a\x0d"
    "furrow.sha256"
    "\x12\x40";
constexpr size_t kDigits = 64;

Status Wrong(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

std::string Digest(std::string_view bytes) {
  Sha256 digest;
  digest.Add(bytes);
  return digest.Hex();
}

struct IntMember {
  const char* name;
  int Segmentation::*member;
  int least, most;
};
constexpr IntMember kIntMembers[] = {
    {"scale", &Segmentation::scale, 1, 8},
    {"multiple", &Segmentation::multiple, 1, 256},
    {"tile_max", &Segmentation::tile_max, 16, 4096},
    {"overlap", &Segmentation::overlap, 0, 1024},
};

struct ColourMember {
  const char* name;
  std::array<double, 3> Segmentation::*member;
  double least, most;
};
constexpr ColourMember kColourMembers[] = {
    {"mean", &Segmentation::mean, -10, 10},
    {"deviation", &Segmentation::deviation, 1e-3, 10},
};

struct ClassMember {
  std::string_view name;
  int Segmentation::*place;
};
constexpr ClassMember kClasses[] = {
    {"background", &Segmentation::background},
    {"crop", &Segmentation::crop},
    {"weed", &Segmentation::weed},
};

Status ReadClasses(const json::Value& names, Segmentation& how) {
  const json::Array& list = names.array();
  for (const auto& [name, place] : kClasses) {
    const auto found = std::ranges::find_if(
        list, [&](const json::Value& v) { return v.IsString() && v.AsString() == name; });
    if (list.size() != std::size(kClasses) || found == list.end()) {
      return Wrong("classes: must be background, crop and weed in some order");
    }
    how.*place = static_cast<int>(found - list.begin());
  }
  return {};
}

Status ReadColours(const json::Value& numbers, const ColourMember& member, Segmentation& how) {
  const json::Array& list = numbers.array();
  const bool good =
      list.size() == 3 && std::ranges::all_of(list, [&](const json::Value& v) {
        return v.IsNumber() && v.AsDouble() >= member.least && v.AsDouble() <= member.most;
      });
  if (!good) {
    return Wrong(fmt::format("{}: must be three numbers between {} and {}", member.name,
                             member.least, member.most));
  }
  for (size_t i = 0; i < 3; ++i) (how.*member.member)[i] = list[i].AsDouble();
  return {};
}

Status CheckWhole(const Segmentation& how) {
  if ((how.scale & (how.scale - 1)) != 0) return Wrong("scale: must be 1, 2, 4 or 8");
  if (how.tile_max % how.multiple != 0) return Wrong("tile_max: must be a multiple of multiple");
  if (how.overlap % how.multiple != 0) return Wrong("overlap: must be a multiple of multiple");
  if (how.overlap > how.tile_max / 4)
    return Wrong("overlap: must be at most a quarter of tile_max");
  return {};
}

/// What a network must be so that tiles can go in and scores of three classes come out.
Status CheckTensors(SegmentationModel& loaded) {
  const std::span<const infer::Tensor> inputs = loaded.model.inputs();
  const std::span<const infer::Tensor> outputs = loaded.model.outputs();
  if (inputs.size() != 1 || outputs.size() != 1) {
    return Wrong(fmt::format("the network has {} inputs and {} outputs; it must have one of each",
                             inputs.size(), outputs.size()));
  }
  for (const infer::Tensor& tensor : {inputs[0], outputs[0]}) {
    const bool good = tensor.is_float && tensor.shape.size() == 4 &&
                      (tensor.shape[1] == 3 || tensor.shape[1] < 0);
    if (good) continue;
    return Wrong(
        fmt::format("'{}' is {} of shape {}; it must be 32-bit floating point of shape "
                    "batch x 3 x height x width",
                    tensor.name, tensor.is_float ? "32-bit floating point" : "another type",
                    infer::ShapeText(tensor.shape)));
  }
  const infer::Shape& shape = inputs[0].shape;
  const auto fixed = [](int64_t length) { return static_cast<int>(std::max<int64_t>(length, 0)); };
  if (std::ranges::any_of(shape, [](int64_t length) { return length > 4096 || length == 0; })) {
    return Wrong("'" + inputs[0].name + "' has the shape " + infer::ShapeText(shape) +
                 "; no length may be above 4096");
  }
  loaded.batch = fixed(shape[0]);
  loaded.height = fixed(shape[2]);
  loaded.width = fixed(shape[3]);
  for (const int side : {loaded.width, loaded.height}) {
    if (side % loaded.how.multiple != 0) {
      return Wrong(fmt::format("multiple: the input's {} pixels are no multiple of {}", side,
                               loaded.how.multiple));
    }
    if (side == 0 || loaded.how.overlap <= side / 4) continue;
    return Wrong(fmt::format("overlap: {} is more than a quarter of the input's {} pixels",
                             loaded.how.overlap, side));
  }
  return {};
}

}  // namespace

Result<Segmentation> ParseSegmentation(std::string_view text) {
  FURROW_ASSIGN(const json::Value root, json::Parse(text, {.depth_max = 4, .values_max = 200}));
  if (!root.IsObject()) return Wrong("must be an object");
  if (root.At("format").AsInt() != 1 || !root.At("format").IsInt()) {
    return Wrong("format: must be 1, the only one that this program knows");
  }
  Segmentation how;
  for (const json::Member& member : root.object()) {
    const std::string& key = member.key;
    const json::Value& value = member.value;
    const auto number = std::ranges::find(kIntMembers, key, &IntMember::name);
    const auto colours = std::ranges::find(kColourMembers, key, &ColourMember::name);
    if (number != std::end(kIntMembers)) {
      const int64_t given = value.AsInt();
      if (!value.IsInt() || given < number->least || given > number->most) {
        return Wrong(fmt::format("{}: must be a whole number between {} and {}", key, number->least,
                                 number->most));
      }
      how.*number->member = static_cast<int>(given);
    } else if (colours != std::end(kColourMembers)) {
      FURROW_TRY(ReadColours(value, *colours, how));
    } else if (key == "classes") {
      FURROW_TRY(ReadClasses(value, how));
    } else if (key == "channels") {
      if (value.AsString() != "rgb" && value.AsString() != "bgr") {
        return Wrong("channels: must be \"rgb\" or \"bgr\"");
      }
      how.blue_first = value.AsString() == "bgr";
    } else if (key != "format") {
      return Wrong(fmt::format("{}: is not known", json::Write(key)));
    }
  }
  for (const char* needed :
       {"classes", "channels", "scale", "mean", "deviation", "multiple", "tile_max", "overlap"}) {
    if (root.Find(needed) == nullptr) return Wrong(std::string(needed) + ": is missing");
  }
  FURROW_TRY(CheckWhole(how));
  return how;
}

std::string SegmentationText(const Segmentation& how) {
  json::Array classes(std::size(kClasses));
  for (const auto& [name, place] : kClasses) classes[static_cast<size_t>(how.*place)] = name;
  json::Object root{
      {"format", 1}, {"classes", std::move(classes)}, {"channels", how.blue_first ? "bgr" : "rgb"}};
  for (const ColourMember& member : kColourMembers) {
    const auto& numbers = how.*member.member;
    root[member.name] = json::Array(numbers.begin(), numbers.end());
  }
  for (const IntMember& member : kIntMembers) root[member.name] = how.*member.member;
  return json::Write(root);
}

Status CheckSeal(std::string_view file) {
  const size_t seal = kSealHead.size() + kDigits;
  if (file.size() <= seal || file.substr(file.size() - seal, kSealHead.size()) != kSealHead) {
    return Wrong(
        "it does not end with the digest that a network for furrow-edge ends with: it is something "
        "else, or only a part of one");
  }
  if (Digest(file.substr(0, file.size() - seal)) != file.substr(file.size() - kDigits)) {
    return Status(Code::kCorruption, "it is damaged: its digest is another");
  }
  return {};
}

std::string Sealed(std::string content) {
  const std::string digest = Digest(content);
  content += kSealHead;
  content += digest;
  return content;
}

Result<SegmentationModel> LoadSegmentation(const std::string& path, int threads) {
  FURROW_ASSIGN(const std::string file, ReadTextFile(path, infer::kModelBytesMax));
  FURROW_TRY(CheckSeal(file).With(path));
  FURROW_ASSIGN(infer::Model model, infer::Model::FromBytes(file, path, {.threads = threads}));
  const std::optional<std::string> entry = model.Property(kEntry);
  if (!entry) return Wrong(fmt::format("{}: its metadata have no entry {}", path, kEntry));
  const Result<Segmentation> how = ParseSegmentation(*entry);
  if (!how.ok()) return how.status().With(path + ": " + kEntry);
  SegmentationModel loaded{.model = std::move(model), .how = *how, .sha256 = Digest(file)};
  FURROW_TRY(CheckTensors(loaded).With(path));
  return loaded;
}

}  // namespace furrow::edge
