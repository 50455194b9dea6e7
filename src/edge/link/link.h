// SPDX-License-Identifier: Apache-2.0
// The mapped file between furrow-edge and furrow-device. docs/formats/edge-link.md describes it.
//
//   FURROW_ASSIGN(auto link, EdgeLink::Open("link"));      // furrow-edge
//   link->Tell(figures);
//   while (auto command = link->Next()) ...
//
//   FURROW_ASSIGN(auto link, DeviceLink::Open("link"));    // furrow-device
//   auto figures = link->Figures();
//   FURROW_ASSIGN(uint64_t number, link->Command(LinkCommandKind::kBack, "", 0));
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "edge/boom/units.h"
#include "edge/link/figures.h"

namespace furrow::edge {

/// The numbers are those of the format.
enum class LinkEventKind : uint32_t {
  kStarted = 1,
  kTried = 2,
  kRefused = 3,
  kSwapped = 4,
  kAlarm = 5,
  kEnding = 6,
};
enum class LinkCommandKind : uint32_t { kTry = 1, kSwap = 2, kBack = 3 };

constexpr uint64_t kNoCommand = UINT64_MAX;

struct LinkEvent {
  LinkEventKind kind = LinkEventKind::kStarted;
  uint64_t epoch = 0;
  Nanos at = 0;
  uint64_t command = kNoCommand;  // that it answers
  double disagreement = 0;        // kTried: share of nozzle cells
  double p99_ms = 0;              // kTried: processor time of a frame
  uint64_t frames = 0;            // kTried
  std::string text;               // at most 192 bytes; what is longer is cut

  bool operator==(const LinkEvent&) const = default;
};

struct LinkCommand {
  uint64_t number = 0;
  LinkCommandKind kind = LinkCommandKind::kBack;
  double seconds = 0;  // kTry
  std::string folder;  // kTry, kSwap: of a slot; kSwap without one: to the index alone
};

class LinkFile;

/// furrow-edge's side. One thread. Nothing here waits for the other side.
class EdgeLink {
 public:
  /// Takes the file up, or makes a new one where there is none or one that is refused. Errors name
  /// it: kIoError, kUnavailable when the disk is full.
  static Result<std::unique_ptr<EdgeLink>> Open(const std::string& path);
  ~EdgeLink();

  void Tell(const LinkFigures& figures);
  /// `at` and `epoch` are filled in. False: there was no room, which is counted.
  bool Say(LinkEvent event);
  /// The next command of this epoch.
  std::optional<LinkCommand> Next();
  uint64_t epoch() const;
  /// Why a file that was there was not taken; empty when it was.
  const std::string& refused() const { return refused_; }

 private:
  EdgeLink(std::unique_ptr<LinkFile> file, std::string refused);
  std::unique_ptr<LinkFile> file_;
  std::string refused_;
};

/// furrow-device's side. One thread.
class DeviceLink {
 public:
  /// Errors name the file: kNotFound while there is none, kCorruption for one that is refused.
  static Result<std::unique_ptr<DeviceLink>> Open(const std::string& path);
  ~DeviceLink();

  /// Whether `path` still names the file that is mapped here.
  bool current() const;
  /// Nothing while none were written, or when a writer died over them.
  std::optional<LinkFigures> Figures() const;
  /// The oldest event that was not taken, untouched until Taken(). kCorruption for one that cannot
  /// be believed, which Taken() passes over.
  Result<std::optional<LinkEvent>> Front();
  void Taken();
  /// Events that found no room since the file was made.
  uint64_t lost() const;
  uint64_t epoch() const;
  /// The command's number. Errors: kResourceExhausted when the ring is full, kInvalidArgument for
  /// a folder's name of more than 479 bytes.
  Result<uint64_t> Command(LinkCommandKind kind, std::string_view folder, double seconds);

 private:
  explicit DeviceLink(std::unique_ptr<LinkFile> file);
  std::unique_ptr<LinkFile> file_;
};

}  // namespace furrow::edge
