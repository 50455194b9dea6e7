// SPDX-License-Identifier: Apache-2.0
#include "task_work.h"

#include <fmt/format.h>

namespace furrow::loadgen {
namespace {

constexpr size_t kIdBytes = 32;
constexpr size_t kParameters = 20;
constexpr const char* kNetworks[] = {"mobilenet", "efficientnet", "vit",      "resnet50",
                                     "unet",      "yolo",         "deeplab3", "segformer"};
constexpr const char* kCrops[] = {"maize", "wheat", "sugar beet", "soy", "sunflower"};

std::string Parameters(size_t n) {
  Random random(n + 17);
  std::string out;
  const auto add = [&](std::string_view name, std::string_view value, std::string_view type) {
    out +=
        fmt::format(R"({}"{}": {{"section": "Args", "name": "{}", "value": "{}", "type": "{}"}})",
                    out.empty() ? "" : ", ", name, name, value, type);
  };
  add("lr", fmt::format("{:.8f}", 1e-4 + static_cast<double>(random() % 100'000) * 1e-7), "float");
  add("batch_size", std::to_string(8 << (random() % 6)), "int");
  add("network", kNetworks[n % 8], "str");
  add("crop", kCrops[n % 5], "str");
  add("seed", std::to_string(random() % 100'000), "int");
  for (size_t i = 5; i < kParameters; ++i) {
    add(fmt::format("option_{}", i), fmt::format("{}", random() % 1000), "int");
  }
  return out;
}

std::string Body(size_t n, const std::string& project) {
  std::string tags = n % 10 == 0 ? R"("field-trial")" : "";
  if (n % 3 == 0) tags += std::string(tags.empty() ? "" : ", ") + R"("night")";
  return fmt::format(
      R"({{"name": "run {:06} {} {}", "project": "{}", "type": "training", )"
      R"("comment": "Trained on the {} plots of block {}{}{}.", "tags": [{}], )"
      R"("script": {{"repository": "https://git.example/weeds.git", "branch": "main", )"
      R"("entry_point": "train.py", "working_dir": ".", "binary": "python3"}}, )"
      R"("hyperparams": {{"Args": {{{}}}}}}})",
      n, kNetworks[n % 8], kCrops[n % 5], project, n % 2 ? "northern" : "southern", n % 40,
      n % 5 < 3 ? ", a baseline" : "", n % 1000 == 7 ? ", with aphids" : "", tags, Parameters(n));
}

}  // namespace

TaskWork::TaskWork(const Target& target, std::vector<std::string> projects, size_t count,
                   size_t connections)
    : target_(target), projects_(std::move(projects)), ids_(count), lanes_(connections) {}

std::string_view TaskWork::Next(size_t connection) {
  if (next_ == ids_.size()) return {};
  Lane& lane = lanes_[connection];
  lane.number = next_++;
  lane.request = Call(target_, "POST", "/v2.23/tasks.create", "application/json",
                      Body(lane.number, projects_[lane.number % projects_.size()]));
  return lane.request;
}

int64_t TaskWork::Done(size_t connection, const Answer& answer) {
  static constexpr std::string_view kBeforeId = R"("data":{"id":")";
  const size_t at = answer.body.find(kBeforeId);
  if (at == std::string_view::npos) return -1;
  ids_[lanes_[connection].number] = answer.body.substr(at + kBeforeId.size(), kIdBytes);
  return 1;
}

CallWork::CallWork(std::vector<std::string> requests) : requests_(std::move(requests)) {}

std::string_view CallWork::Next(size_t) {
  return next_ < requests_.size() ? std::string_view(requests_[next_++]) : std::string_view();
}

int64_t CallWork::Done(size_t, const Answer&) { return 1; }

}  // namespace furrow::loadgen
