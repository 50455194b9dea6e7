// SPDX-License-Identifier: Apache-2.0
#include "edge/runtime/sprayer.h"

#include <algorithm>

namespace furrow::edge {
namespace {

constexpr size_t kChangedReserve = 4096;
constexpr uint32_t kUnseenIds = 1u << 31;

}  // namespace

void CommandHash::Add(const Command& command) {
  const auto mix = [&](uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) {
      hash_ = (hash_ ^ (value >> shift & 0xff)) * 0x100000001b3;
    }
  };
  mix(static_cast<uint64_t>(command.nozzle) * 2 + command.open);
  mix(static_cast<uint64_t>(command.at));
  ++count_;
}

Sprayer::Sprayer(const Boom& boom, const SprayerOptions& options)
    : boom_(boom),
      options_(options),
      projections_(boom.cameras.begin(), boom.cameras.end()),
      tracker_(options.tracker),
      schedule_(boom, options.windows_max, options.fall) {
  changed_.reserve(kChangedReserve);
}

void Sprayer::OnPose(const Pose& pose) {
  if (log_ != nullptr) {
    log_->Pose({pose.t, pose.s, pose.v, pose.yaw_rate, pose.flags, pose.lift});
  }
  if (!history_.Add(pose)) {
    ++counters_.poses_refused;
  } else if ((pose.flags & kSpeedHeld) == 0) {
    measured_at_ = pose.t;
  }
  changed_.clear();
  tracker_.Turn(history_.newest(), changed_);
  for (const GroundWeed& weed : changed_) schedule_.Set(weed);
}

bool Sprayer::LookAt(const Camera& camera, const Projection& projection, const Detection& detection,
                     const Pose& pose, Look& look) const {
  look = {INT64_MAX,
          INT64_MIN,
          INT64_MAX,
          INT64_MIN,
          0,
          detection.left <= 0 || detection.top <= 0 || detection.right >= camera.width ||
              detection.bottom >= camera.height};
  for (const int u : {detection.left, detection.right}) {
    for (const int v : {detection.top, detection.bottom}) {
      double x = 0, y = 0;
      if (!projection.ToGround(u, v, x, y, FromMillionths(pose.lift))) return false;
      const auto point = MeetingPoint(pose, x, y);
      if (!point) return false;
      look.near = std::min(look.near, point->x);
      look.far = std::max(look.far, point->x);
      look.right = std::min(look.right, point->y);
      look.left = std::max(look.left, point->y);
    }
  }
  look.heading = HeadingAt(pose, look.near);
  return true;
}

void Sprayer::OnFrame(const SeenFrame& frame) {
  const Camera& camera = boom_.cameras[frame.camera];
  if (log_ != nullptr) {
    const FrameView view{.width = camera.width,
                         .height = camera.height,
                         .camera = frame.camera,
                         .sequence = frame.sequence,
                         .captured = frame.captured};
    log_->Detections(view, frame.published, frame.detections);
  }
  ++counters_.frames;
  const std::optional<Pose> pose = history_.At(frame.captured);
  if (!pose || !measured_at_ || frame.captured - *measured_at_ > options_.hold_max) {
    ++counters_.frames_without_pose;
    return;
  }
  changed_.clear();
  for (const Detection& detection : frame.detections) {
    ++counters_.detections;
    if (detection.kind == PlantKind::kCrop) {
      ++counters_.crops;
      continue;
    }
    Look look;
    if (!LookAt(camera, projections_[frame.camera], detection, *pose, look)) {
      ++counters_.off_ground;
      continue;
    }
    tracker_.See(counters_.frames, pose->s, look, changed_);
  }
  for (const GroundWeed& weed : changed_) schedule_.Set(weed);
}

void Sprayer::OnUnseen(const UnseenRecord& unseen) {
  if (log_ != nullptr) log_->Unseen(unseen);
  const Microns length = unseen.far - unseen.near, width = unseen.left - unseen.right;
  counters_.unseen_mm2 += static_cast<uint64_t>(length / 1000 * (width / 1000));
  if (!unseen.sprayed) return;
  // Numbers that the tracker never comes to.
  schedule_.Set({kUnseenIds + next_unseen_++, unseen.near, unseen.far, unseen.right, unseen.left});
}

void Sprayer::SetMaster(bool on) {
  if (on != master_ && log_ != nullptr) log_->Master(on);
  master_ = on;
}

void Sprayer::OnTick(Nanos now, std::vector<Command>& out) {
  if (log_ != nullptr) log_->Tick(now);
  const std::optional<Pose> pose = history_.At(now);
  const bool blind = !pose || !measured_at_ || now - *measured_at_ > options_.hold_max;
  if (blind) ++counters_.ticks_blind;
  if (pose && 3 * pose->sigma > std::min(boom_.margin_on, boom_.margin_off)) {
    ++counters_.ticks_unsure;
  }
  if (blind && !blind_) {
    // How far it drives until the next pose nobody knows, so what was seen before has no place.
    tracker_.Forget();
    schedule_.Forget();
  }
  blind_ = blind;
  schedule_.SetMaster(master_ && !blind);
  const size_t before = out.size();
  schedule_.Step(now, now + kTick + options_.ahead, pose.value_or(Pose{now, 0, 0, 0}), out);
  for (size_t i = before; i < out.size(); ++i) {
    hash_.Add(out[i]);
    if (log_ != nullptr) log_->Command({out[i].nozzle, out[i].open, out[i].at});
  }
}

}  // namespace furrow::edge
