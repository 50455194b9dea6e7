// SPDX-License-Identifier: Apache-2.0
// The doctor looks at what is the server's own: configuration, data directory, secrets, TLS.
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "admin/text.h"
#include "admin/whole.h"
#include "http/certificate.h"
#include "platform/doctor_checks.h"
#include "platform/space_alarm.h"

namespace furrow::platform {
namespace {

namespace fs = std::filesystem;

constexpr Micros kDay = 86'400'000'000;

bool OnlyThisMachine(const std::string& address) {
  return address.starts_with("127.") || address == "::1" || address == "localhost";
}

bool IsSecret(std::string_view key) { return key == "metrics_token"; }

// The median of some, in milliseconds; negative when it cannot be written.
double SyncLatency(const std::string& dir) {
  const std::string path = dir + "/doctor.tmp";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return -1;
  std::vector<double> times;
  const std::string block(4096, 'd');
  for (int i = 0; i < 9; ++i) {
    const auto began = std::chrono::steady_clock::now();
    if (::write(fd, block.data(), block.size()) != static_cast<ssize_t>(block.size()) ||
        ::fdatasync(fd) != 0) {
      times.clear();
      break;
    }
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began)
            .count());
  }
  ::close(fd);
  ::unlink(path.c_str());
  if (times.empty()) return -1;
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

void ExamineDisk(const Settings& settings, const std::string& dir, Findings& out) {
  const SpaceAlarm::Disk disk = SpaceAlarm::Ask(dir);
  Diagnosis space{Verdict::kGood, "disk",
                  fmt::format("{} of {} free", admin::Bytes(disk.free), admin::Bytes(disk.total)),
                  ""};
  const uint64_t low =
      std::min(static_cast<uint64_t>(settings.low_space_mb) << 20, disk.total / 10);
  if (disk.free < low) {
    space.verdict = Verdict::kWarning;
    space.text += ", which is little";
    space.advice = "furrow du shows what takes it; delete tasks, or move to a larger disk";
  }
  out.push_back(std::move(space));
  struct statvfs about {};
  if (::statvfs(dir.c_str(), &about) == 0 && about.f_files > 0 && about.f_favail < 10'000) {
    out.push_back({Verdict::kWarning, "disk",
                   fmt::format("room for {} more files only", about.f_favail),
                   "the file system has few inodes: make it anew with more (mkfs -N)"});
  }
  struct statfs kind {};
  if (::statfs(dir.c_str(), &kind) == 0) {
    const auto type = static_cast<unsigned long>(kind.f_type);
    if (type == TMPFS_MAGIC || type == RAMFS_MAGIC) {
      out.push_back({Verdict::kBad, "disk", "the data directory lies in memory",
                     "all is gone after a restart of the machine: use a disk"});
    } else if (type == NFS_SUPER_MAGIC || type == SMB_SUPER_MAGIC || type == 0xFF534D42) {
      out.push_back({Verdict::kWarning, "disk", "the data directory lies on a network share",
                     "locks and syncs of such are not to be relied on: use a local disk"});
    }
  }
  const double latency = SyncLatency(dir);
  Diagnosis sync{Verdict::kGood, "disk", fmt::format("a synced write takes {:.2f} ms", latency),
                 ""};
  if (latency < 0) {
    sync.verdict = Verdict::kBad;
    sync.text = "nothing can be written to " + dir;
    sync.advice = "run this as the user that runs the server; look for a read-only mount";
  } else if (latency > 30) {
    sync.verdict = Verdict::kWarning;
    sync.advice = "every answer waits for one: an SSD would make the server feel faster";
  } else if (latency < 0.02) {
    sync.verdict = Verdict::kNote;
    sync.text += ", faster than disks are";
    sync.advice = "make sure that it syncs: eatmydata, nobarrier or a cache that lies lose data";
  }
  out.push_back(std::move(sync));
}

// A file that only its owner may read, when it is there.
void ExaminePrivate(const std::string& path, const char* what, Findings& out) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return;
  if ((about.st_mode & 077) != 0) {
    out.push_back({Verdict::kBad, "secrets",
                   fmt::format("others may read {} (mode {:04o})", path, about.st_mode & 07777),
                   fmt::format("chmod 600 {}; then change {}", path, what)});
  } else if (about.st_uid != ::geteuid() && ::geteuid() != 0) {
    out.push_back({Verdict::kBad, "secrets", path + " belongs to another user",
                   "run server and doctor as the user that owns the data directory"});
  }
}

}  // namespace

void ExamineConfiguration(const Settings& settings,
                          const std::map<std::string, std::string>& sources, Findings& out) {
  for (const Setting& s : SettingsTable()) {
    const auto source = sources.find(s.key);
    if (source == sources.end()) continue;
    std::string value =
        s.kind == Kind::kText ? settings.*s.text : std::to_string(settings.*s.number);
    if (IsSecret(s.key)) value = "(not shown)";
    out.push_back({Verdict::kGood, "configuration",
                   fmt::format("{} = {}   from {}", s.key, value, source->second), ""});
  }
  out.push_back({Verdict::kGood, "configuration",
                 fmt::format("{} settings left as they are by default",
                             SettingsTable().size() - sources.size()),
                 ""});
  if (OnlyThisMachine(settings.listen)) return;
  if (settings.files_url.empty()) {
    out.push_back({Verdict::kWarning, "configuration",
                   "files_url is not set, and artifacts keep the URL they were stored under",
                   "set it to what clients reach and what stays: https://furrow.example/files"});
  }
  if (settings.tls_certificate.empty() && !settings.public_url.starts_with("https://")) {
    out.push_back({Verdict::kWarning, "configuration",
                   "it listens on " + settings.listen + " without TLS: passwords go in the clear",
                   "set tls_certificate and tls_key, or put a proxy with TLS in front and say so "
                   "in public_url"});
  }
}

void ExamineData(const Settings& settings, Findings& out) {
  struct stat about {};
  std::string dir = settings.data;
  if (::stat(dir.c_str(), &about) != 0) {
    const Verdict verdict = errno == ENOENT ? Verdict::kNote : Verdict::kBad;
    out.push_back(
        {verdict, "data", dir + ": " + std::strerror(errno),
         verdict == Verdict::kNote ? "the first start makes it" : "mend its permissions"});
    if (verdict == Verdict::kBad) return;
    // What holds the future directory says how much room there will be.
    fs::path parent = fs::absolute(dir);
    while (!fs::exists(parent) && parent.has_relative_path()) parent = parent.parent_path();
    return ExamineDisk(settings, parent.string(), out);
  }
  if (!S_ISDIR(about.st_mode)) {
    out.push_back({Verdict::kBad, "data", dir + " is not a directory", "choose another --data"});
    return;
  }
  Diagnosis owner{Verdict::kGood, "data", dir + " is there", ""};
  if (about.st_uid != ::geteuid()) {
    owner.verdict = ::geteuid() == 0 ? Verdict::kGood : Verdict::kBad;
    owner.text += fmt::format(", owned by user {}", about.st_uid);
    if (::geteuid() != 0) owner.advice = "run the server and this as that user: sudo -u";
  } else if ((about.st_mode & 077) != 0) {
    owner.verdict = Verdict::kWarning;
    owner.text += fmt::format(", but others may look into it (mode {:04o})", about.st_mode & 07777);
    owner.advice = "chmod 700 " + dir;
  }
  out.push_back(std::move(owner));
  if (const Status whole = admin::CheckWhole(dir); !whole.ok()) {
    out.push_back({Verdict::kBad, "data", whole.message(), ""});
  }
  const int pid = ServerPid(settings);
  out.push_back({Verdict::kGood, "data",
                 pid != 0 ? fmt::format("a server runs on it (process {})", pid)
                          : std::string("no server runs on it"),
                 ""});
  ExamineDisk(settings, dir, out);
}

void ExamineSecrets(const Settings& settings, Findings& out) {
  if (!fs::exists(settings.data)) return;
  const size_t before = out.size();
  ExaminePrivate(settings.data + "/secrets.json", "every password and key", out);
  ExaminePrivate(settings.data + "/bootstrap.json", "the administrator's password and key", out);
  if (fs::exists(settings.data + "/store") && !fs::exists(settings.data + "/secrets.json")) {
    out.push_back({Verdict::kBad, "secrets", "secrets.json is missing: nobody can sign in",
                   "restore it from a backup"});
  }
  if (out.size() == before) {
    out.push_back({Verdict::kGood, "secrets", "only the owner can read them", ""});
  }
  if (fs::exists(settings.data + "/bootstrap.json")) {
    out.push_back({Verdict::kNote, "secrets",
                   "bootstrap.json still holds the first administrator's password",
                   "keep it elsewhere and delete the file"});
  }
}

void ExamineTls(const Settings& settings, Micros now, Findings& out) {
  if (settings.tls_certificate.empty()) return;
  const auto certificate = http::ReadCertificate(settings.tls_certificate);
  if (!certificate.ok()) {
    out.push_back({Verdict::kBad, "tls", certificate.status().message(),
                   "tls_certificate must name a PEM file that the server's user can read"});
    return;
  }
  const auto days = (certificate->ends - now) / kDay;
  Diagnosis found{
      Verdict::kGood, "tls",
      fmt::format("the certificate of {} is good for {}", certificate->subject,
                  admin::Plural(static_cast<uint64_t>(std::max<Micros>(days, 0)), "day")),
      ""};
  if (certificate->ends <= now) {
    found.verdict = Verdict::kBad;
    found.text = fmt::format("the certificate of {} ended on {}", certificate->subject,
                             FormatTime(certificate->ends).substr(0, 10));
    found.advice = "renew it and restart the server";
  } else if (certificate->begins > now) {
    found.verdict = Verdict::kBad;
    found.text = fmt::format("the certificate of {} begins only on {}", certificate->subject,
                             FormatTime(certificate->begins).substr(0, 10));
    found.advice = "check the clock of this machine";
  } else if (days < 30) {
    found.verdict = Verdict::kWarning;
    found.advice = "renew it and restart the server";
  }
  out.push_back(std::move(found));
  if (certificate->self_signed) {
    out.push_back({Verdict::kNote, "tls", "the certificate is signed by itself",
                   "clients must be told to trust it: REQUESTS_CA_BUNDLE for the SDK"});
  }
  const Status key = http::CheckCertificateKey(settings.tls_certificate, settings.tls_key);
  if (!key.ok()) {
    out.push_back({Verdict::kBad, "tls", key.message(), "tls_key must name its private key"});
  }
  ExaminePrivate(settings.tls_key, "the certificate", out);
}

}  // namespace furrow::platform
