// SPDX-License-Identifier: Apache-2.0
// The doctor looks at the machine: versions, clock, ports, limits.
#include <arpa/inet.h>
#include <netdb.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

#include <fmt/format.h>

#include "json/text.h"
#include "platform/doctor_checks.h"
#include "platform/open_files.h"

namespace furrow::platform {
namespace {

namespace fs = std::filesystem;

// No server of ours ran before; a clock that says so is wrong.
constexpr Micros kFirstRelease = 1'760'000'000'000'000;
constexpr rlim_t kFilesWanted = 4096;

json::Value ServerFile(const Settings& settings) {
  std::ifstream file(settings.data + "/server.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto value = json::Parse(text.view());
  return value.ok() ? *value : json::Value();
}

// 0 when it can be bound, else an errno.
int TryBind(const std::string& address, int64_t port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    return EADDRNOTAVAIL;
  }
  int error = 0;
  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (fd < 0) {
    error = errno;
  } else {
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (::bind(fd, found->ai_addr, found->ai_addrlen) != 0 || ::listen(fd, 1) != 0) error = errno;
    ::close(fd);
  }
  ::freeaddrinfo(found);
  return error;
}

bool EndsWithPort(const std::string& url, int64_t port) {
  return url.ends_with(":" + std::to_string(port));
}

}  // namespace

int ServerPid(const Settings& settings) {
  const auto pid = static_cast<int>(ServerFile(settings).At("pid").AsInt());
  // EPERM: it lives and is another user's.
  return pid > 0 && (::kill(pid, 0) == 0 || errno == EPERM) ? pid : 0;
}

void ExamineVersions(Findings& out) {
  utsname system{};
  ::uname(&system);
  out.push_back({Verdict::kGood, "version",
                 fmt::format("Furrow {} on {} {} ({})", FURROW_VERSION, system.sysname,
                             system.release, system.machine),
                 ""});
  int major = 0, minor = 0;
  std::sscanf(system.release, "%d.%d", &major, &minor);
  if (major < 5 || (major == 5 && minor < 8)) {
    out.push_back({Verdict::kWarning, "version", "the kernel is older than 5.8",
                   "before that syncfs() hides errors of a backup's disk: update it"});
  }
}

void ExamineClock(const Settings& settings, Findings& out) {
  const Clock& clock = SystemClock();
  const Micros now = clock.Now();
  Diagnosis found{Verdict::kGood, "clock", "it is " + FormatTime(now).substr(0, 19) + " UTC", ""};
  if (now < kFirstRelease) {
    found.verdict = Verdict::kBad;
    found.text += ", which cannot be";
    found.advice = "set the clock: tokens and time-outs go by it (timedatectl set-ntp true)";
    out.push_back(std::move(found));
    return;
  }
  const auto steady = clock.Steady();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const auto passed = std::chrono::duration<double, std::micro>(clock.Steady() - steady).count();
  const double drift = std::abs(static_cast<double>(clock.Now() - now) - passed);
  if (drift > 20'000) {
    found.verdict = Verdict::kWarning;
    found.text +=
        fmt::format("; it moved by {:.0f} ms against the monotonic clock in 0.2 s", drift / 1000);
    found.advice = "something sets it all the time: look at chronyd or systemd-timesyncd";
  }
  timex state{};
  if (::adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) != 0) {
    if (found.verdict == Verdict::kGood) found.verdict = Verdict::kNote;
    found.text += "; nothing keeps it in step with other machines'";
    if (found.advice.empty()) {
      found.advice = "agents and server should agree on the time: timedatectl set-ntp true";
    }
  }
  out.push_back(std::move(found));

  // Files from the future: the clock was ahead once, or is behind now.
  std::error_code error;
  fs::file_time_type newest = fs::file_time_type::min();
  for (const char* folder : {"/store", "/files", ""}) {
    for (fs::directory_iterator it(settings.data + folder, error), end; !error && it != end;
         it.increment(error)) {
      std::error_code gone;
      newest = std::max(newest, it->last_write_time(gone));
    }
  }
  if (newest == fs::file_time_type::min()) return;
  const auto ahead = newest - fs::file_time_type::clock::now();
  if (ahead > std::chrono::minutes(5)) {
    out.push_back({Verdict::kWarning, "clock",
                   fmt::format("a file in the data directory is {} minutes in the future",
                               std::chrono::duration_cast<std::chrono::minutes>(ahead).count()),
                   "the clock was set back, or was wrong before: check it against another one"});
  }
}

void ExaminePorts(const Settings& settings, Findings& out) {
  const json::Value ours = ServerPid(settings) != 0 ? ServerFile(settings) : json::Value();
  const struct {
    const char* name;
    int64_t port;
    const char* flag;
  } ports[] = {{"api", settings.api_port, "--api-port"},
               {"files", settings.files_port, "--files-port"},
               {"web", settings.web_port, "--web-port"}};
  for (const auto& [name, port, flag] : ports) {
    Diagnosis found{Verdict::kGood, "port",
                    fmt::format("{} {} on {} is free", name, port, settings.listen), ""};
    const int error = port == 0 ? 0 : TryBind(settings.listen, port);
    if (port == 0) found.text = fmt::format("{}: a free one will be picked", name);
    const bool held = error == EADDRINUSE;
    if (held && ours.IsObject() &&
        EndsWithPort(ours.At("local").At(name).AsString(ours.At(name).AsString()), port)) {
      found.text = fmt::format("{} {} is held by this server (process {})", name, port,
                               ours.At("pid").AsInt());
    } else if (held) {
      found.verdict = Verdict::kBad;
      found.text = fmt::format("{} {} is taken by another program", name, port);
      found.advice =
          fmt::format("see which: ss -ltnp 'sport = :{}'; or choose another with {}", port, flag);
    } else if (error != 0) {
      found.verdict = Verdict::kBad;
      found.text =
          fmt::format("{} {} on {}: {}", name, port, settings.listen, std::strerror(error));
      found.advice = error == EACCES ? "ports below 1024 need CAP_NET_BIND_SERVICE; choose another"
                                     : "--listen must be an address of this machine";
    }
    out.push_back(std::move(found));
  }
}

namespace {

// A limit of another process, as /proc tells it; nullopt when it does not.
std::optional<rlim_t> LimitOf(int pid, std::string_view name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/limits");
  std::string line;
  while (std::getline(file, line)) {
    if (!line.starts_with(name)) continue;
    std::istringstream rest(line.substr(name.size()));
    std::string soft;
    rest >> soft;
    if (soft == "unlimited") return RLIM_INFINITY;
    return static_cast<rlim_t>(std::strtoull(soft.c_str(), nullptr, 10));
  }
  return std::nullopt;
}

// Of the running server where there is one, else what this process would get as one.
rlim_t Limit(int pid, std::string_view name, int own) {
  if (const auto of_server = pid != 0 ? LimitOf(pid, name) : std::nullopt) return *of_server;
  rlimit limit{};
  ::getrlimit(static_cast<__rlimit_resource>(own), &limit);
  return own == RLIMIT_NOFILE ? RaisedOpenFiles(limit) : limit.rlim_cur;
}

}  // namespace

void ExamineLimits(const Settings& settings, Findings& out) {
  const int pid = ServerPid(settings);
  const rlim_t files = Limit(pid, "Max open files", RLIMIT_NOFILE);
  Diagnosis found{Verdict::kGood, "limits",
                  fmt::format("{} open files allowed{}",
                              files == RLIM_INFINITY ? "unlimited" : std::to_string(files),
                              pid != 0 ? " to the running server" : ""),
                  ""};
  if (files < kFilesWanted) {
    found.verdict = Verdict::kWarning;
    found.text += ": each connection takes one, the store up to 300";
    found.advice = "LimitNOFILE=65536 in the unit, or ulimit -Hn 65536 before the start";
  }
  out.push_back(std::move(found));
  constexpr rlim_t kLockedWanted = 64 << 10;
  if (Limit(pid, "Max locked memory", RLIMIT_MEMLOCK) < kLockedWanted) {
    out.push_back({Verdict::kWarning, "limits", "less than 64 kB of memory may be locked",
                   "keys may then be written to swap: LimitMEMLOCK=8M in the unit"});
  }
  if (Limit(pid, "Max core file size", RLIMIT_CORE) != 0) {
    out.push_back({Verdict::kNote, "limits", "a crash may leave a core file",
                   "it would hold keys and data: LimitCORE=0 unless you want one"});
  }
}

}  // namespace furrow::platform
