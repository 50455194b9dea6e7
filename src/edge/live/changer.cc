// SPDX-License-Identifier: Apache-2.0
#include "edge/live/changer.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "edge/boom/clock.h"
#include "edge/detect/nozzle_cells.h"
#include "edge/live/eye.h"
#include "edge/record/record.h"

namespace furrow::edge {
namespace {

constexpr size_t kAskedMax = 64;
constexpr size_t kRetiredMax = 4;
constexpr Nanos kTakenWithin = 2 * kSecond;
constexpr double kTryMax = 3600;

/// How often two judges of the same frames of one camera decide otherwise about a cell.
class Flips {
 public:
  Flips(const Camera& camera, const CellGrid& grid) {
    auto made = NozzleCells::Make(camera, grid);
    if (made.ok()) seen_.emplace(std::move(made).value());  // else no nozzle is under it
  }
  void Add(std::span<const Detection> one, std::span<const Detection> other) {
    if (!seen_) return;
    seen_->Decide(one, one_);
    seen_->Decide(other, other_);
    cells += one_.size();
    for (size_t i = 0; i < one_.size(); ++i) differ += one_[i] != other_[i];
  }
  uint64_t cells = 0, differ = 0;

 private:
  std::optional<NozzleCells> seen_;
  std::vector<uint8_t> one_, other_;
};

void MakeIdle() {
  const sched_param none{0};
  ::pthread_setschedparam(::pthread_self(), SCHED_IDLE, &none);
}

}  // namespace

ModelChanger::ModelChanger(const Boom& boom, std::vector<SeenCamera> cameras, Shadow& shadow,
                           std::function<void()> ring)
    : boom_(boom),
      cameras_(std::move(cameras)),
      shadow_(shadow),
      ring_(std::move(ring)),
      present_(std::make_unique<Loaded>()) {
  for (const SeenCamera& seen : cameras_) {
    const Camera& camera = boom_.cameras[static_cast<size_t>(seen.index)];
    frame_bytes_ = std::max(frame_bytes_, PixelBytes(seen.format, camera.width, camera.height));
  }
}

ModelChanger::~ModelChanger() { Stop(); }

const ModelMark* ModelChanger::MarkOf(const ModelMark& mark) {
  const auto at = std::ranges::find(marks_, mark);
  return at != marks_.end() ? &*at : &marks_.emplace_back(mark);
}

Result<ModelChanger::LoadedPointer> ModelChanger::Load(Slot slot, const ModelMark* mark) {
  auto loaded = std::make_unique<Loaded>();
  FURROW_ASSIGN(SegmentationModel model, LoadSegmentation(slot.model, 1));
  loaded->model.emplace(std::move(model));
  ModelMark own = mark == nullptr ? ModelMark{} : *mark;
  own.model = HashBytes(loaded->model->sha256);
  loaded->mark = MarkOf(own);
  for (const SeenCamera& seen : cameras_) {
    const Camera& camera = boom_.cameras[static_cast<size_t>(seen.index)];
    FURROW_ASSIGN(std::unique_ptr<CameraNet> net,
                  MakeCameraNet(camera, seen.format, *loaded->model, slot.method, slot.area_min,
                                loaded->mark));
    loaded->nets.push_back(std::move(net));
  }
  loaded->slot = std::move(slot);
  return loaded;
}

Result<ModelChanger::LoadedPointer> ModelChanger::LoadSlot(const std::string& folder) {
  FURROW_ASSIGN(Slot slot, ReadSlot(folder));
  const ModelMark mark{slot.version, HashBytes(slot.bundle), {}};
  return Load(std::move(slot), &mark);
}

bool ModelChanger::AllTaken() const {
  return std::ranges::all_of(cameras_, [](const auto& seen) { return seen.exchange->Taken(); });
}

/// False: some camera does not look now, and will take it when it does.
bool ModelChanger::Give(const Loaded& loaded) {
  for (size_t i = 0; i < cameras_.size(); ++i) {
    cameras_[i].exchange->Give(loaded.nets.empty() ? nullptr : loaded.nets[i].get());
  }
  ring_();
  for (const Nanos until = MonotonicNow() + kTakenWithin; !AllTaken();) {
    if (MonotonicNow() > until) return false;
    SleepUntil(MonotonicNow() + kMillisecond);
  }
  return true;
}

Status ModelChanger::Begin(const Slot& slot) {
  FURROW_ASSIGN(present_, LoadSlot(slot.folder));
  for (size_t i = 0; i < cameras_.size(); ++i) cameras_[i].exchange->Give(present_->nets[i].get());
  present_mark_ = present_->mark;
  return {};
}

Status ModelChanger::BeginWithout(const std::string& model, NetMethod method, int area_min) {
  Slot slot;
  slot.model = model;
  slot.method = method;
  slot.area_min = area_min;
  FURROW_ASSIGN(present_, Load(std::move(slot), nullptr));
  for (size_t i = 0; i < cameras_.size(); ++i) cameras_[i].exchange->Give(present_->nets[i].get());
  present_mark_ = present_->mark;
  return {};
}

void ModelChanger::Start() { thread_ = std::thread(&ModelChanger::Run, this); }

void ModelChanger::Stop() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
    wake_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

bool ModelChanger::Ask(LinkCommand command) {
  MutexLock lock(mutex_);
  if (asked_.size() >= kAskedMax) return false;
  asked_.push_back(std::move(command));
  wake_.NotifyAll();
  return true;
}

std::vector<LinkEvent> ModelChanger::Said() {
  MutexLock lock(mutex_);
  return std::exchange(said_, {});
}

void ModelChanger::Say(LinkEvent event) {
  MutexLock lock(mutex_);
  said_.push_back(std::move(event));
}

bool ModelChanger::Interrupted() {
  MutexLock lock(mutex_);
  return stop_ || !asked_.empty();
}

void ModelChanger::Run() {
  MakeIdle();
  while (true) {
    LinkCommand command;
    {
      MutexLock lock(mutex_);
      while (!stop_ && asked_.empty()) wake_.Wait(lock);
      if (stop_) return;
      command = std::move(asked_.front());
      asked_.pop_front();
    }
    Do(command);
  }
}

void ModelChanger::Do(const LinkCommand& command) {
  if (!retired_.empty() && AllTaken()) retired_.clear();
  const Status done = command.kind == LinkCommandKind::kTry    ? Try(command)
                      : command.kind == LinkCommandKind::kSwap ? Swap(command)
                                                               : Back(command);
  if (done.ok()) return;
  Say({.kind = LinkEventKind::kRefused, .command = command.number, .text = done.message()});
}

Status ModelChanger::Try(const LinkCommand& command) {
  if (!(command.seconds >= 0 && command.seconds <= kTryMax)) {
    return Status(Code::kInvalidArgument, fmt::format("try: seconds must lie in 0 to {}", kTryMax));
  }
  candidate_.reset();
  FURROW_ASSIGN(candidate_, LoadSlot(command.folder));
  trying_ = true;
  shadow_.Reserve(frame_bytes_);
  std::vector<Flips> flips;
  for (const SeenCamera& seen : cameras_) {
    flips.emplace_back(boom_.cameras[static_cast<size_t>(seen.index)], GridOf(boom_));
  }
  std::vector<Nanos> took;
  std::vector<Detection> found;
  Status status;
  const Nanos until = MonotonicNow() + ToBillionths(command.seconds);
  while (status.ok() && MonotonicNow() < until && !Interrupted()) {
    constexpr Nanos kAtOnce = kSecond / 10;
    const ShadowFrame* frame = shadow_.Next(std::min(until, MonotonicNow() + kAtOnce));
    if (frame == nullptr) continue;
    const auto at = std::ranges::find(cameras_, frame->view.camera, &SeenCamera::index);
    if (at == cameras_.end()) continue;
    const auto place = static_cast<size_t>(at - cameras_.begin());
    const Nanos begun = ThreadTime();
    status = candidate_->nets[place]->net.Detect({&frame->view, 1}, {&found, 1});
    took.push_back(ThreadTime() - begun);
    // Where the index stood in for it nothing is known of the present network.
    if (frame->by_network) flips[place].Add(frame->found, found);
  }
  trying_ = false;
  FURROW_TRY(status);
  uint64_t cells = 0, differ = 0;
  for (const Flips& one : flips) {
    cells += one.cells;
    differ += one.differ;
  }
  LinkEvent tried{.kind = LinkEventKind::kTried,
                  .command = command.number,
                  .frames = took.size(),
                  .text = candidate_->slot.bundle};
  if (cells > 0) tried.disagreement = static_cast<double>(differ) / static_cast<double>(cells);
  if (!took.empty()) {
    std::ranges::sort(took);
    tried.p99_ms = static_cast<double>(took[(took.size() - 1) * 99 / 100]) / 1e6;
    for (const auto& net : candidate_->nets) net->takes = took[took.size() / 2];
  }
  Say(std::move(tried));
  return {};
}

Status ModelChanger::Swap(const LinkCommand& command) {
  if (command.folder.empty()) {
    auto none = std::make_unique<Loaded>();
    return Change(none, command);
  }
  FURROW_ASSIGN(const Slot slot, ReadSlot(command.folder));
  for (LoadedPointer* held : {&candidate_, &previous_}) {
    if (*held == nullptr || (*held)->nets.empty() || (*held)->slot.bundle != slot.bundle) continue;
    return Change(*held, command);
  }
  FURROW_ASSIGN(LoadedPointer loaded, LoadSlot(command.folder));
  return Change(loaded, command);
}

Status ModelChanger::Back(const LinkCommand& command) {
  if (previous_ == nullptr) {
    return Status(Code::kFailedPrecondition, "back: nothing judged before");
  }
  return Change(previous_, command);
}

/// `to` is left empty.
Status ModelChanger::Change(LoadedPointer& to, const LinkCommand& command) {
  if (retired_.size() >= kRetiredMax) {
    return Status(Code::kFailedPrecondition,
                  "a camera that does not look still holds an older network");
  }
  LoadedPointer next = std::move(to);
  const bool taken = Give(*next);
  if (previous_ != nullptr) retired_.push_back(std::move(previous_));
  previous_ = std::move(present_);
  present_ = std::move(next);
  present_mark_ = present_->mark;
  if (taken) retired_.clear();
  swaps_.fetch_add(1, std::memory_order_relaxed);
  Say({.kind = LinkEventKind::kSwapped, .command = command.number, .text = present_->slot.bundle});
  return {};
}

}  // namespace furrow::edge
