// SPDX-License-Identifier: Apache-2.0
#include "edge/actuate/can_bus.h"

#include <linux/can.h>
#include <linux/can/raw.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace furrow::edge {
namespace {

constexpr Nanos kHalfTick = kMillisecond / 2;
/// Changes that wait for one nozzle: no valve follows more in the time that they are given ahead.
constexpr size_t kWaitingEach = 16;

}  // namespace

Result<std::unique_ptr<CanValveBus>> CanValveBus::Open(const std::string& interface, size_t nozzles,
                                                       const CanBusOptions& options) {
  const auto failed = [&](Code code, const char* what) {
    return Status(code, interface + ": " + what + ": " + std::strerror(errno));
  };
  ifreq request{};
  if (interface.empty() || interface.size() >= sizeof request.ifr_name) {
    return Status(Code::kInvalidArgument, "\"" + interface + "\" is no name of a CAN interface");
  }
  const int socket = ::socket(PF_CAN, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, CAN_RAW);
  if (socket < 0) return failed(Code::kFailedPrecondition, "this system has no CAN");
  auto bus = std::make_unique<CanValveBus>(socket, nozzles, options);
  std::memcpy(request.ifr_name, interface.c_str(), interface.size());
  if (::ioctl(socket, SIOCGIFINDEX, &request) != 0) {
    return failed(Code::kNotFound, "no such CAN interface");
  }
  // It only sends: what others say on the bus would fill its queue.
  if (::setsockopt(socket, SOL_CAN_RAW, CAN_RAW_FILTER, nullptr, 0) != 0) {
    return failed(Code::kIoError, "cannot be set to send only");
  }
  sockaddr_can address{};
  address.can_family = AF_CAN;
  address.can_ifindex = request.ifr_ifindex;
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return failed(Code::kIoError, "cannot be bound");
  }
  return bus;
}

CanValveBus::CanValveBus(int socket, size_t nozzles, const CanBusOptions& options)
    : socket_(socket), options_(options), banks_(CanBanks(nozzles)) {
  waiting_.reserve(kWaitingEach * std::max<size_t>(nozzles, 1));
}

CanValveBus::~CanValveBus() {
  if (socket_ >= 0) ::close(socket_);
}

void CanValveBus::Void() noexcept {
  waiting_.clear();
  shown_ = {};
}

uint64_t CanValveBus::Lapses(Nanos now) noexcept {
  for (Bank& bank : banks_) {
    if (bank.open == 0 || now - bank.taken < lease_) continue;
    ++lapses_;
    bank.open = 0;
    bank.lapsed = true;
    Void();
  }
  return lapses_;
}

bool CanValveBus::Send(const ValveOrder& order) noexcept {
  Lapses(order.now);
  // What was given under a lease that has run out is void.
  if (order.close_all || order.now - renewed_ >= lease_) Void();
  lease_ = order.lease;
  bool taken = true;
  if (waiting_.capacity() - waiting_.size() < order.changes.size()) {
    // What finds no room may be a close.
    Void();
    taken = false;
  } else {
    waiting_.insert(waiting_.end(), order.changes.begin(), order.changes.end());
  }
  size_t kept = 0;
  for (const Command& change : waiting_) {
    if (change.at < order.now + kHalfTick) {
      shown_.Set(static_cast<size_t>(change.nozzle), change.open);
    } else {
      waiting_[kept++] = change;
    }
  }
  waiting_.resize(kept);
  const auto lease_ms =
      order.close_all ? uint8_t{0}
                      : static_cast<uint8_t>(std::clamp<Nanos>(order.lease / kMillisecond, 1, 255));
  for (size_t i = 0; i < banks_.size(); ++i) {
    Bank& bank = banks_[i];
    const uint64_t open = CanBankStates(shown_, i);
    const bool due = open != bank.open || order.now - bank.taken >= options_.renew;
    if (!due && !order.close_all) continue;
    if (bank.lapsed && open != 0) taken = SendBank(i, 0, 0, order.now) && taken;
    taken = SendBank(i, open, lease_ms, order.now) && taken;
  }
  if (taken) renewed_ = order.now;
  return taken;
}

bool CanValveBus::SendBank(size_t index, uint64_t open, uint8_t lease_ms, Nanos now) noexcept {
  Bank& bank = banks_[index];
  if (!Write({static_cast<uint32_t>(index), bank.sequence, lease_ms, open})) return false;
  ++bank.sequence;
  bank.open = open;
  bank.taken = now;
  bank.lapsed = bank.lapsed && open != 0;
  return true;
}

bool CanValveBus::Write(const CanValveFrame& valves) noexcept {
  can_frame frame{};
  frame.can_id = options_.id + valves.bank;
  frame.can_dlc = CanValveFrame::kBytes;
  const auto data = EncodeCanValves(valves);
  std::memcpy(frame.data, data.data(), data.size());
  const bool taken =
      socket_ < 0 || ::send(socket_, &frame, sizeof frame, MSG_DONTWAIT | MSG_NOSIGNAL) ==
                         static_cast<ssize_t>(sizeof frame);
  counters_.frames += taken;
  counters_.refused += !taken;
  return taken;
}

}  // namespace furrow::edge
