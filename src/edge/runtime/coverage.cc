// SPDX-License-Identifier: Apache-2.0
#include "edge/runtime/coverage.h"

#include <algorithm>

#include "edge/boom/projection.h"

namespace furrow::edge {
namespace {

constexpr int kSteps = 16;
/// Metres from the nozzles; what lies farther is too small in the image to count as shown.
constexpr double kUseful = 5;

}  // namespace

Coverage::Coverage(const Boom& boom, WhenUnseen unseen)
    : boom_(boom),
      unseen_(unseen),
      delay_(boom.LongestOpenDelay() - boom.ForwardFall()),
      lead_(boom.margin_on + boom.footprint / 2),
      views_(boom.cameras.size()) {
  for (size_t i = 0; i < views_.size(); ++i) {
    const Camera& camera = boom.cameras[i];
    const Projection projection(camera);
    // From the bottom of the image, which shows what is nearest, upwards.
    for (int step = kSteps; step >= 0; --step) {
      const double v = static_cast<double>(camera.height) * step / kSteps;
      double x = 0, left = 0, right = 0, ignored = 0;
      if (!projection.ToGround(camera.width / 2.0, v, x, ignored) || x > kUseful) break;
      if (!projection.ToGround(0, v, ignored, left)) break;
      if (!projection.ToGround(camera.width, v, ignored, right)) break;
      View& view = views_[i];
      view.near = std::min(view.near, ToMillionths(x));
      view.far = std::max(view.far, ToMillionths(x));
      view.right = std::min(view.right, ToMillionths(right));
      view.left = std::max(view.left, ToMillionths(left));
    }
  }
}

void Coverage::OnFrame(int camera, const Pose& pose) {
  View& view = views_[static_cast<size_t>(camera)];
  view.seen_until = std::max(view.seen_until, pose.s + view.far);
  view.begun = true;
}

bool Coverage::Next(int camera, const Pose& now, UnseenRecord& piece) {
  View& view = views_[static_cast<size_t>(camera)];
  if (view.near >= view.far) return false;  // it shows no ground
  // What lies nearer than this can no longer be reached by a valve that is told now.
  const Nanos delay = delay_ + boom_.ForwardFall(now.lift);
  const Microns must = now.s + lead_ + now.v / 1000 * (delay / 1000) / 1000 + kPiece;
  if (!view.begun) {
    // What lay before the nozzles at the start was never promised.
    view.seen_until = std::max(must, now.s + view.near);
    view.begun = true;
  }
  if (view.seen_until >= must) return false;
  piece = {camera,          unseen_ == WhenUnseen::kSpray,
           view.seen_until, std::max(must, view.seen_until + kPiece),
           view.right,      view.left};
  view.seen_until = piece.far;
  return true;
}

}  // namespace furrow::edge
