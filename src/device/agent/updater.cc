// SPDX-License-Identifier: Apache-2.0
#include "device/agent/updater.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "base/say.h"
#include "json/text.h"

namespace furrow::device {
namespace {

using Figure = edge::LinkFigure;
using edge::LinkCommandKind;
using edge::LinkEvent;
using edge::LinkEventKind;
using std::chrono::steady_clock;

constexpr uint64_t kChunk = 256u << 10;
constexpr std::chrono::seconds kRetry{5};
constexpr Seconds kAnswerWithin{120};  // of furrow-edge, which loads at idle priority
constexpr double kGoldenSeconds = 300;
constexpr int kCommandsMax = 3;  // that got no answer
constexpr int64_t kSlackWeedsMin = 20;
constexpr uint64_t kFramesMin = 50;
constexpr uint64_t kFailuresMax = 3;
constexpr std::chrono::minutes kRecoverEvery{5};

uint64_t SizeOf(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

/// Appends to a file, and to the disk.
Status AppendTo(const std::string& path, std::string_view bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return bundle::DiskError(path, errno);
  int error = 0;
  while (!bytes.empty() && error == 0) {
    const ssize_t wrote = ::write(file, bytes.data(), bytes.size());
    if (wrote < 0 && errno != EINTR) error = errno;
    if (wrote > 0) bytes.remove_prefix(static_cast<size_t>(wrote));
  }
  if (error == 0 && ::fdatasync(file) != 0) error = errno;
  ::close(file);
  return error == 0 ? Status() : bundle::DiskError(path, error);
}

/// What a child said at its end, cut.
std::string Tail(const std::string& text) {
  constexpr size_t kMost = 300;
  std::string end = text.size() > kMost ? text.substr(text.size() - kMost) : text;
  while (end.ends_with('\n')) end.pop_back();
  return end;
}

}  // namespace

Updater::Updater(const DeviceConfig& config, Server& server, EdgeKeeper& keeper, Disk& disk)
    : config_(config), server_(server), keeper_(keeper), disk_(disk), slots_(config.folder, disk) {}

void Updater::Save() {
  const Status wrote = WriteState(disk_, config_.folder + "/state.json", state_);
  if (!wrote.ok()) Say(stderr, "furrow-device: {}\n", wrote.message());
}

void Updater::Set(Stage stage, std::string reason) {
  state_.stage = stage;
  state_.reason = std::move(reason);
  not_before_ = {};
  command_.reset();
  commands_ = 0;
  swapped_ = false;
  before_ = {};
  Save();
  Say(stderr, "furrow-device: bundle {:.12}: {}{}{}\n", state_.update ? state_.update->id : "",
      StageName(stage), state_.reason.empty() ? "" : ": ", state_.reason);
}

std::string Updater::PartPath() const {
  return config_.folder + "/incoming/" + state_.update->id + ".part";
}

void Updater::Refuse(const std::string& reason) {
  std::error_code error;
  std::filesystem::remove(PartPath(), error);
  Set(Stage::kRefused, reason);
  keeper_.Alarm(fmt::format("bundle {:.12}, version {}, is refused: {}", state_.update->id,
                            state_.update->version, reason));
}

Status Updater::Begin(std::vector<bundle::PublicKey> trusted) {
  trusted_ = std::move(trusted);
  std::vector<std::string> words;
  auto read = ReadState(config_.folder + "/state.json");
  if (read.ok() && *read) {
    state_ = **read;
  } else if (!read.ok()) {
    words.push_back(read.status().message());
  }
  FURROW_TRY(slots_.Recover(trusted_, words));
  if (!read.ok() || !*read) {
    // What it knew is in the slots as well.
    for (const char* slot : {"a", "b"}) {
      const auto held = slots_.Verify(slot, trusted_);
      if (held.ok()) {
        state_.highest_version = std::max(state_.highest_version, held->manifest.version);
      }
    }
    Save();
  }
  for (const std::string& word : words) keeper_.Alarm(word, "error");
  FetchAnew();
  return {};
}

/// What had become good and is damaged now is fetched once more.
void Updater::FetchAnew() {
  if (!state_.update || state_.stage != Stage::kGood) return;
  const auto current = slots_.Current();
  if (current) {
    const auto held = slots_.Verify(*current, trusted_);
    if (held.ok() && held->id == state_.update->id) return;
  }
  Set(Stage::kFetching);
}

std::optional<std::string> Updater::Holding(const std::string& id) const {
  for (const char* slot : {"a", "b"}) {
    const auto held = slots_.Verify(slot, trusted_);
    if (held.ok() && held->id == id) return slot;
  }
  return std::nullopt;
}

void Updater::Want(const std::optional<Desired>& desired) {
  if (!desired) {
    if (state_.stage != Stage::kRunning && state_.update) {
      state_.update.reset();
      Set(Stage::kNone);
    }
    return;
  }
  if (state_.update && state_.update->id == desired->id &&
      state_.update->release == desired->release && state_.update->rollback == desired->rollback) {
    state_.update = desired;  // its address may have changed
    return;
  }
  // One that is watched still runs, whole and verified: what is wanted now is measured by itself.
  state_.update = desired;
  state_.way_back.clear();
  fetched_whole_ = 0;
  disagreement_.reset();
  const auto held = Holding(desired->id);
  if (held && slots_.Current() == held) {
    state_.highest_version =
        desired->rollback ? desired->version : std::max(state_.highest_version, desired->version);
    Set(Stage::kGood);
  } else if (held && desired->rollback) {
    // It ran here before: there is nothing left to find out about it, and no time to lose.
    state_.way_back = slots_.Current().value_or("");
    Set(Stage::kRunning);
  } else {
    Set(Stage::kFetching);
  }
}

void Updater::TakeOff(const std::string& id) {
  if (!state_.update || state_.update->id != id) return;
  if (state_.stage == Stage::kRunning || state_.stage == Stage::kGood) {
    state_.way_back.clear();
    GoBack("the release was halted");
  } else if (state_.stage < Stage::kRunning) {
    state_.update.reset();
    Set(Stage::kNone);
  }
}

json::Value Updater::Progress() const {
  if (!state_.update || state_.stage == Stage::kNone) return {};
  return json::Object{{"release", state_.update->release},
                      {"stage", StageName(state_.stage)},
                      {"reason", state_.reason}};
}

bool Updater::Step() {
  const Time now = steady_clock::now();
  // A network that furrow-edge cannot start with must not keep it from working.
  if (keeper_.View().failures >= kFailuresMax && now - recovered_ > kRecoverEvery) {
    recovered_ = now;
    std::vector<std::string> words;
    static_cast<void>(slots_.Recover(trusted_, words));
    for (const std::string& word : words) keeper_.Alarm(word, "error");
    FetchAnew();
  }
  if (!state_.update || now < not_before_) return false;
  switch (state_.stage) {
    case Stage::kFetching:
      return Fetch();
    case Stage::kVerifying:
      return Verify();
    case Stage::kTrying:
      return Try();
    case Stage::kRunning:
      return Watch();
    case Stage::kNone:
    case Stage::kGood:
    case Stage::kRefused:
    case Stage::kRolledBack:
      return false;
  }
  return false;
}

bool Updater::Fetch() {
  const std::string part = PartPath();
  const uint64_t have = SizeOf(part), all = state_.update->bytes;
  std::error_code error;
  if (have > all) {
    std::filesystem::remove(part, error);
    return true;
  }
  if (have == all) {
    Set(Stage::kVerifying);
    return true;
  }
  const auto piece = server_.Fetch(state_.update->url, have, std::min(kChunk, all - have));
  if (!piece.ok()) {
    const Code code = piece.status().code();
    if (code == Code::kNotFound || code == Code::kInvalidArgument) {
      Refuse(piece.status().message());
    } else {
      Say(stderr, "furrow-device: {}\n", piece.status().message());
      state_.reason = piece.status().message();  // why it stands still, for who waits for it
      not_before_ = steady_clock::now() + kRetry;
    }
    return false;
  }
  state_.reason.clear();
  if (piece->empty()) {
    Refuse(fmt::format("truncated: it ends after {} of {} bytes", have, all));
    return false;
  }
  if (const Status put = AppendTo(part, *piece); !put.ok()) {
    Say(stderr, "furrow-device: {}\n", put.message());
    not_before_ = steady_clock::now() + kRetry;
    return false;
  }
  return true;
}

Result<Machine> Updater::AboutMachine() {
  Machine machine;
  FURROW_ASSIGN(machine.boom_sha256, FileSha256(config_.boom));
  FURROW_ASSIGN(const Ran ran,
                RunProgram({FindProgram(config_.edge_program), "--version"}, config_.folder, 30));
  // "furrow-edge 0.1.0"
  const size_t space = ran.out.find(' ');
  if (space != std::string::npos) {
    machine.runtime = ran.out.substr(space + 1, ran.out.find('\n') - space - 1);
  }
  utsname system{};
  ::uname(&system);
  machine.architecture = system.machine;
  return machine;
}

Status Updater::Golden(const std::string& slot) {
  FURROW_ASSIGN(const Ran ran, RunProgram({FindProgram(config_.edge_program), "golden", slot},
                                          config_.folder, kGoldenSeconds));
  if (ran.exit_code == 0) return {};
  const auto said = json::Parse(ran.out);
  if (ran.exit_code == 3 && said.ok()) {
    const int64_t differ = said->At("cells_differ").AsInt();
    if (differ > said->At("differ_max").AsInt()) {
      return Status(Code::kInvalidArgument,
                    fmt::format("golden frames differ: {} cells decided otherwise", differ));
    }
    return Status(Code::kInvalidArgument,
                  fmt::format("too slow: a golden frame takes {:.1f} ms, the budget is {:.1f} ms",
                              said->At("slowest_ms").AsDouble(), said->At("budget_ms").AsDouble()));
  }
  if (ran.exit_code == -1) {
    return Status(Code::kInvalidArgument,
                  fmt::format("golden frames: no answer within {:.0f} s", kGoldenSeconds));
  }
  return Status(Code::kInvalidArgument, "golden frames: " + Tail(ran.error));
}

/// In the order of docs/loop.md.
Status Updater::VerifyFile(const std::string& file) {
  FURROW_ASSIGN(const std::string sha256, FileSha256(file));
  if (sha256 != state_.update->sha256) {
    return Status(Code::kCorruption,
                  fmt::format("wrong content: SHA-256 of the file is {:.12}, not {:.12}", sha256,
                              state_.update->sha256));
  }
  FURROW_ASSIGN(const std::unique_ptr<bundle::Source> source, bundle::OpenFile(file));
  auto verified = bundle::Verify(*source, trusted_);
  if (!verified.ok()) {
    // Without the file's name, which means nothing to who reads the reason.
    std::string words = verified.status().message();
    if (words.starts_with(file + ": ")) words = words.substr(file.size() + 2);
    return Status(Code::kInvalidArgument, words);
  }
  FURROW_TRY(CheckIdentity(*verified, *state_.update));
  FURROW_TRY(CheckVersion(verified->manifest, state_.highest_version, state_.update->rollback));
  if (!machine_) {
    FURROW_ASSIGN(Machine machine, AboutMachine());
    machine_ = std::move(machine);
  }
  FURROW_TRY(CheckFit(verified->manifest, *machine_));
  const std::string trial = config_.folder + "/incoming/" + verified->id;
  FURROW_TRY(bundle::Unpack(*source, trusted_, trial, disk_).status());
  const Status golden = Golden(trial);
  FURROW_TRY(bundle::RemoveAll(disk_, trial));
  FURROW_TRY(golden);
  budget_ms_ = verified->manifest.budget_ms;
  return slots_.Fill(file, trusted_).status();
}

bool Updater::Verify() {
  const Status verified = VerifyFile(PartPath());
  if (verified.ok()) {
    Set(Stage::kTrying);
    return true;
  }
  const Code code = verified.code();
  if (code == Code::kIoError || code == Code::kUnavailable || code == Code::kNotFound) {
    // The disk's fault, not the bundle's.
    Say(stderr, "furrow-device: {}\n", verified.message());
    not_before_ = steady_clock::now() + kRetry;
    if (SizeOf(PartPath()) != state_.update->bytes) Set(Stage::kFetching);
    return false;
  }
  if (code == Code::kCorruption && fetched_whole_++ == 0) {
    // A power cut may have left a hole in what was fetched: once more from the beginning.
    std::error_code error;
    std::filesystem::remove(PartPath(), error);
    Say(stderr, "furrow-device: {}: fetched once more\n", verified.message());
    Set(Stage::kFetching);
    return true;
  }
  Refuse(verified.message());
  return false;
}

bool Updater::Try() {
  const Time now = steady_clock::now();
  const EdgeView view = keeper_.View();
  const std::string slot = slots_.Path(slots_.Free());
  if (!command_ || command_epoch_ != view.epoch || now > command_until_) {
    if (!view.telling) return false;
    if (!Holding(state_.update->id)) {  // after a restart it is not taken for granted
      Set(Stage::kFetching);
      return true;
    }
    if (commands_++ >= kCommandsMax) {
      Refuse("trial: furrow-edge gave no answer, or ended over it");
      return false;
    }
    static_cast<void>(keeper_.TakeEvents());
    const auto number = keeper_.Command(LinkCommandKind::kTry, slot, config_.trial.count());
    if (!number.ok()) return false;
    command_ = *number;
    command_epoch_ = view.epoch;
    command_until_ =
        now + std::chrono::duration_cast<steady_clock::duration>(config_.trial + kAnswerWithin);
    return false;
  }
  for (const LinkEvent& event : keeper_.TakeEvents()) {
    if (event.command != *command_ || event.epoch != command_epoch_) continue;
    if (event.kind == LinkEventKind::kRefused) {
      Refuse("trial: " + event.text);
      return false;
    }
    if (event.kind != LinkEventKind::kTried) continue;
    disagreement_ = event.disagreement;
    Say(stderr, "furrow-device: tried on {} frames: {:.3f} % of cells differ, p99 {:.1f} ms\n",
        event.frames, 100 * event.disagreement, event.p99_ms);
    if (budget_ms_ > 0 && event.frames > 0 && event.p99_ms > budget_ms_) {
      Refuse(fmt::format("too slow: live frames take {:.1f} ms, the budget is {:.1f} ms",
                         event.p99_ms, budget_ms_));
      return false;
    }
    state_.way_back = slots_.Current().value_or("");
    Set(Stage::kRunning);
    return true;
  }
  return false;
}

/// Sees to it that `current` names it and furrow-edge runs it. True once both are so.
bool Updater::Activate() {
  const auto held = Holding(state_.update->id);
  if (!held) {
    Set(Stage::kFetching);
    return false;
  }
  if (slots_.Current() != held) {
    if (const Status switched = slots_.Switch(*held); !switched.ok()) {
      Say(stderr, "furrow-device: {}\n", switched.message());
      not_before_ = steady_clock::now() + kRetry;
      return false;
    }
  }
  const Time now = steady_clock::now();
  const EdgeView view = keeper_.View();
  if (!view.telling) return false;
  if (BundleOf(*view.figures) == state_.update->id) return true;
  if (command_ && command_epoch_ == view.epoch && now < command_until_) {
    for (const LinkEvent& event : keeper_.TakeEvents()) {
      if (event.command == *command_ && event.kind == LinkEventKind::kRefused) {
        GoBack("swap: " + event.text);
        return false;
      }
    }
    return false;
  }
  if (commands_++ >= kCommandsMax) {
    GoBack("swap: furrow-edge gave no answer, or ended over it");
    return false;
  }
  const auto number = keeper_.Command(LinkCommandKind::kSwap, slots_.Path(*held), 0);
  if (!number.ok()) return false;
  command_ = *number;
  command_epoch_ = view.epoch;
  command_until_ = now + std::chrono::duration_cast<steady_clock::duration>(kAnswerWithin);
  return false;
}

bool Updater::Watch() {
  const Time now = steady_clock::now();
  const EdgeView view = keeper_.View();
  if (!swapped_) {
    if (before_.starts == 0) before_ = view;
    if (view.starts - before_.starts > static_cast<uint64_t>(config_.restarts_max)) {
      GoBack(fmt::format("furrow-edge started {} times without coming to work",
                         view.starts - before_.starts));
      return false;
    }
    if (!Activate()) return false;
    swapped_ = true;
    watched_since_ = now;
    before_ = keeper_.View();
    return false;
  }
  if (view.starts - before_.starts > static_cast<uint64_t>(config_.restarts_max)) {
    GoBack(fmt::format("furrow-edge was restarted {} times", view.starts - before_.starts));
    return false;
  }
  if (view.telling) {
    const edge::LinkFigures& figures = *view.figures;
    const double slack_ms = static_cast<double>(figures.Get(Figure::kSlackP1)) / 1e6;
    const bool settled = now - watched_since_ > std::chrono::seconds(20);
    if (settled && figures.Get(Figure::kSlackCount) >= kSlackWeedsMin &&
        slack_ms < config_.slack_p1_ms_min) {
      GoBack(fmt::format("slack: 1 % of weeds have less than {:.1f} ms, {:.1f} are asked for",
                         slack_ms, config_.slack_p1_ms_min));
      return false;
    }
    if (view.epoch == before_.epoch && before_.figures) {
      const auto rise = [&](Figure figure) {
        return static_cast<uint64_t>(
            std::max<int64_t>(0, figures.Get(figure) - before_.figures->Get(figure)));
      };
      const uint64_t frames = rise(Figure::kFrames), by_index = rise(Figure::kFramesByIndex);
      if (frames >= kFramesMin && static_cast<double>(by_index) >
                                      config_.by_index_share_max * static_cast<double>(frames)) {
        GoBack(fmt::format("too slow: the index stood in for {} of {} frames", by_index, frames));
        return false;
      }
    }
    if (BundleOf(figures) != state_.update->id) {
      swapped_ = false;  // it was restarted from an older link, or somebody else commanded
      return false;
    }
  }
  if (now - watched_since_ < config_.watch || !view.telling) return false;
  const int64_t version = state_.update->version;
  state_.highest_version =
      state_.update->rollback ? version : std::max(state_.highest_version, version);
  std::error_code error;
  std::filesystem::remove(PartPath(), error);
  Set(Stage::kGood);
  return false;
}

void Updater::GoBack(const std::string& reason) {
  const std::string back = state_.way_back;
  // First what is durable, then what runs.
  const Status switched = back.empty() ? slots_.SwitchOff() : slots_.Switch(back);
  if (!switched.ok()) {
    Say(stderr, "furrow-device: {}\n", switched.message());
    not_before_ = steady_clock::now() + kRetry;
    return;
  }
  std::error_code error;
  std::filesystem::remove(PartPath(), error);
  Set(Stage::kRolledBack, reason);
  keeper_.Alarm(fmt::format("bundle {:.12}, version {}, was taken back: {}", state_.update->id,
                            state_.update->version, reason),
                "error");
  const auto told =
      keeper_.Command(LinkCommandKind::kSwap, back.empty() ? "" : slots_.Path(back), 0);
  // Where it tells nothing it starts with what is current now.
  if (!told.ok() && keeper_.View().running) keeper_.Restart();
}

}  // namespace furrow::device
