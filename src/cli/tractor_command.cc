// SPDX-License-Identifier: Apache-2.0
// furrow tractor: a tractor at a desk. Makes the folder of one over a generated field, enrols it,
// and becomes its furrow-device, which runs furrow-edge: the programs of a real one.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/toml.h"
#include "cli/command.h"
#include "edge/boom/boom.h"
#include "edge/boom/sine.h"

namespace furrow::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExamples =
    R"(FIELD is the file of a machine (docs/edge/run.md) with a boom and a [field]; where models,
records and figures go is the tractor's business and added here. What stands in its table [device],
such as [device.times] and [device.spool], goes into device.toml (docs/device.md). The folder ID, or
--folder, is made and enrolled the first time; after that the tractor goes on with what it has.

Examples:
  furrow tractor --field field.toml --id T7                  asks the server for a token itself
  furrow tractor --field field.toml --id T7 --server http://lab:8008 --token TOKEN
  furrow tractor --field field.toml --id T7 --server URL --token-file /run/secrets/T7
  furrow tractor --field field.toml --id T7 --prepare        makes and enrols it, and stops
  furrow tractor --field field.toml --id T --count 20        T01 to T20, each with its own field

Many on one machine lie below --folder, drive over fields of the seeds that follow [field] seed,
and stand side by side on the server's map; what each prints is in its device.out. SIGINT and
SIGTERM end them all in order.

With a network namespace of its own its link can be cut while it drives (as root):
  ip netns add t7 && ip link add t7 type veth peer name lab netns t7
  ip addr add 10.77.7.1/30 dev t7 && ip link set t7 up
  ip -n t7 addr add 10.77.7.2/30 dev lab && ip -n t7 link set lab up
  furrow tractor --field field.toml --id T7 --namespace t7 --server http://10.77.7.1:8008
  ip -n t7 link set lab down
)";

constexpr int kCountMax = 500;
// A generated field has no end. On the map it is so long, and a metre wider than its boom.
constexpr double kMapLength = 200, kMapMargin = 1;

struct Options {
  std::string field, id, folder, server, files, token, token_file, name_space;
  bool prepare = false;
  int count = 1;
  int place = 0;  // of it among many, from 0
};

Status Io(const std::string& path) {
  return Status(Code::kIoError, fmt::format("{}: {}", path, ::strerror(errno)));
}

Result<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return Status(Code::kIoError, path + ": cannot be read");
  return text.str();
}

/// On the disk when it returns.
Status WriteFile(const std::string& path, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return Io(path);
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t wrote = ::write(fd, text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) break;
    done += static_cast<size_t>(wrote);
  }
  const bool good = done == text.size() && ::fsync(fd) == 0;
  const Status failed = good ? Status() : Io(path);
  ::close(fd);
  return failed;
}

Status SyncFolder(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Io(path);
  const Status done = ::fsync(fd) == 0 ? Status() : Io(path);
  ::close(fd);
  return done;
}

Status Owned(const std::string& path, const toml::node& node, const char* what) {
  const auto& place = node.source().begin;
  return Status(Code::kInvalidArgument,
                fmt::format("{}:{}:{}: {} is the tractor's own business; leave it out", path,
                            place.line, place.column, what));
}

/// Side by side, so that the map shows many apart.
Status PutOnMap(toml::table& device, int place, double width, const std::string& name) {
  if (!device.contains("field")) device.insert("field", toml::table());
  toml::table* field = device["field"].as_table();
  if (field == nullptr) return Status(Code::kInvalidArgument, "write [device.field]");
  const double heading = (*field)["heading_deg"].value_or(0.0) * edge::kPi / 180;
  const double cos = std::cos(heading), sin = std::sin(heading);
  double x = (*field)["start"][0].value_or(0.0), y = (*field)["start"][1].value_or(0.0);
  x -= place * width * sin;
  y += place * width * cos;
  if (place > 0) field->insert_or_assign("start", toml::array(x, y));
  if (field->contains("outline")) return {};
  toml::array outline;
  for (const auto& [ahead, left] : {std::pair(0.0, -width / 2),
                                    {kMapLength, -width / 2},
                                    {kMapLength, width / 2},
                                    {0.0, width / 2}}) {
    outline.push_back(toml::array(x + ahead * cos - left * sin, y + ahead * sin + left * cos));
  }
  field->insert("outline", std::move(outline));
  if (!field->contains("name")) field->insert("name", name);
  return {};
}

std::string TextOf(const toml::table& table, const std::string& from) {
  std::ostringstream text;
  text << "# Written by furrow tractor from " << fs::path(from).filename().string() << "\n"
       << table << "\n";
  return text.str();
}

/// What FIELD says of the tractor's slow half, with whose it is.
Result<std::string> DeviceText(const toml::table& root, const std::string& path,
                               const Options& options, double boom_width) {
  toml::table device;
  const toml::node* given = root.get("device");
  if (given != nullptr && !given->is_table()) {
    return Status(Code::kInvalidArgument, path + ": write [device]");
  }
  if (given != nullptr) device = *given->as_table();
  for (const auto& [key, value] :
       {std::pair<const char*, std::string>{"name", options.id},
        {"server", options.server},
        {"files", options.files.empty() ? options.server : options.files}}) {
    if (const toml::node* node = root["device"][key].node()) return Owned(path, *node, key);
    device.insert(key, value);
  }
  if (!device.contains("format")) device.insert("format", 1);
  // At a desk nobody is there to turn the operator's switch.
  if (!device.contains("edge")) device.insert("edge", toml::table());
  if (toml::table* edge = device["edge"].as_table(); edge && !edge->contains("arguments")) {
    edge->insert("arguments", toml::array("--master-on"));
  }
  const auto seed = root["field"]["seed"].value_or(int64_t{1}) + options.place;
  FURROW_TRY(PutOnMap(device, options.place, boom_width + kMapMargin,
                      fmt::format("generated field, seed {}", seed))
                 .With(path));
  return TextOf(device, path);
}

/// The machine's file of a tractor: that of FIELD with what belongs to every tractor.
Result<std::string> MachineText(const toml::table& read, const std::string& path, int place,
                                std::string& boom) {
  toml::table root = read;  // a copy does not know lines any more
  root.erase("device");
  if (!root.contains("field")) {
    return Status(Code::kInvalidArgument, path + ": has no [field] to drive over");
  }
  if (toml::table* field = root["field"].as_table(); field != nullptr && place > 0) {
    field->insert_or_assign("seed", (*field)["seed"].value_or(int64_t{1}) + place);
  }
  const auto named = root["boom"].value_exact<std::string>();
  if (!named || named->empty()) {
    return Status(Code::kInvalidArgument, path + ": write boom = \"boom.toml\": the boom it has");
  }
  const fs::path beside = fs::path(path).parent_path();
  boom = (fs::path(*named).is_absolute() ? fs::path(*named) : beside / *named).string();
  root.insert_or_assign("boom", "boom.toml");
  constexpr struct {
    const char *table, *key, *value;
  } kOwn[] = {{"link", "file", "link"},
              {"detect", "slot", "current"},
              {"record", "folder", "log"},
              {"health", "file", "health.prom"}};
  if (const toml::node* node = read["record"]["numbered"].node()) {
    return Owned(path, *node, "how logs are numbered");
  }
  for (const char* key : {"method", "model"}) {
    if (const toml::node* node = read["detect"][key].node()) {
      return Owned(path, *node, "which network looks");
    }
  }
  for (const auto& own : kOwn) {
    if (const toml::node* node = read[own.table][own.key].node()) {
      return Owned(path, *node, own.table);
    }
    if (!root.contains(own.table)) root.insert(own.table, toml::table());
    toml::table* table = root[own.table].as_table();
    if (table == nullptr) {
      return Status(Code::kInvalidArgument, fmt::format("{}: write [{}]", path, own.table));
    }
    table->insert(own.key, own.value);
  }
  root["record"].as_table()->insert("numbered", true);
  return TextOf(root, path);
}

Status CheckId(const std::string& id) {
  const bool good = !id.empty() && id.size() <= 64 && id[0] != '.' && id[0] != '-' &&
                    std::ranges::all_of(id, [](unsigned char c) {
                      return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
                    });
  if (good) return {};
  return Status(Code::kInvalidArgument,
                "--id is 1 to 64 of A-Z a-z 0-9 . _ - and begins with a letter or a digit");
}

/// The program beside this one, else wherever PATH has it.
std::string DeviceProgram() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  const fs::path beside = self.parent_path() / "furrow-device";
  return !error && fs::exists(beside, error) ? beside.string() : "furrow-device";
}

/// Replaces this process; comes back only with an error.
Status Become(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  return Io(words[0]);
}

Status RunToEnd(const std::vector<std::string>& words) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return Io("fork");
  if (child == 0) {
    const Status failed = Become(words);
    std::fprintf(stderr, "furrow tractor: %s\n", failed.message().c_str());
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return Io(words[0]);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return Status(Code::kInternal, words[0] + " " + words[1] + " failed, see above");
}

/// From here on this process, and what it becomes, has no other network.
Status EnterNamespace(const std::string& name) {
  if (name.empty()) return {};
  const std::string path = "/run/netns/" + name;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Io(path);
  const Status done = ::setns(fd, CLONE_NEWNET) == 0 ? Status() : Io(path);
  ::close(fd);
  return done;
}

/// From one side of the boom to the other, metres.
Result<double> BoomWidth(const std::string& text, const std::string& path) {
  FURROW_ASSIGN(const edge::Boom boom, edge::ParseBoom(text, path));
  double reach = 0;
  for (const edge::Nozzle& nozzle : boom.nozzles) {
    reach = std::max(
        reach, std::abs(edge::FromMillionths(nozzle.y)) + edge::FromMillionths(nozzle.swath) / 2);
  }
  return 2 * reach;
}

/// Server and token as they were said, else as anybody signs in here.
Status AskForToken(const client::TargetHints& hints, Options& options) {
  if (!options.token_file.empty()) {
    FURROW_ASSIGN(options.token, ReadFile(options.token_file));
    while (!options.token.empty() && std::isspace(static_cast<unsigned char>(options.token.back())))
      options.token.pop_back();
    if (options.token.empty()) {
      return Status(Code::kInvalidArgument, options.token_file + ": is empty");
    }
  }
  if (!options.token.empty()) {
    if (!options.server.empty()) return {};
    return Status(Code::kInvalidArgument, "--token needs --server: who gave it");
  }
  FURROW_ASSIGN(client::Target target, client::FindTarget(hints));
  if (options.files.empty() && options.server.empty()) options.files = target.files;
  if (options.server.empty()) options.server = target.api;
  client::Session session(std::move(target));
  FURROW_ASSIGN(const json::Value answer,
                session.Call("fleet.create_token", json::Object{{"tractor", options.id}}));
  options.token = answer.At("token").AsString();
  return {};
}

/// A folder under its name is a whole, enrolled tractor.
Status Make(const client::TargetHints& hints, Options& options) {
  FURROW_ASSIGN(const toml::table root, ReadToml(options.field));
  std::string boom_path;
  FURROW_ASSIGN(const std::string machine,
                MachineText(root, options.field, options.place, boom_path));
  FURROW_ASSIGN(const std::string boom, ReadFile(boom_path));
  FURROW_ASSIGN(const double width, BoomWidth(boom, boom_path));
  FURROW_TRY(AskForToken(hints, options));
  FURROW_ASSIGN(const std::string device, DeviceText(root, options.field, options, width));
  const std::string making = options.folder + ".making";
  std::error_code error;
  fs::remove_all(making, error);  // of a try that ended half way
  fs::create_directories(making, error);
  if (error) return Status(Code::kIoError, making + ": " + error.message());
  FURROW_TRY(WriteFile(making + "/machine.toml", machine));
  FURROW_TRY(WriteFile(making + "/boom.toml", boom));
  FURROW_TRY(WriteFile(making + "/device.toml", device));
  FURROW_TRY(EnterNamespace(options.name_space));
  FURROW_TRY(RunToEnd({DeviceProgram(), "enroll", making, "--server", options.server, "--name",
                       options.id, "--token", options.token}));
  FURROW_TRY(SyncFolder(making));
  if (::rename(making.c_str(), options.folder.c_str()) != 0) return Io(options.folder);
  const fs::path parent = fs::absolute(options.folder).parent_path();
  FURROW_TRY(SyncFolder(parent.string()));
  fmt::print("{} is enrolled at {}\n", options.folder, options.server);
  return {};
}

Status Run(const client::TargetHints& hints, Options options) {
  FURROW_TRY(CheckId(options.id));
  if (options.folder.empty()) options.folder = options.id;
  while (options.folder.size() > 1 && options.folder.back() == '/') options.folder.pop_back();
  std::error_code error;
  if (!fs::exists(options.folder, error)) {
    FURROW_TRY(Make(hints, options));
  } else {
    if (!fs::exists(options.folder + "/machine.toml", error)) {
      return Status(Code::kAlreadyExists,
                    options.folder + ": is there and no tractor's folder; name another");
    }
    FURROW_TRY(EnterNamespace(options.name_space));
  }
  if (options.prepare || options.count > 1) return {};
  std::fflush(nullptr);
  return Become({DeviceProgram(), "run", options.folder});
}

/// What a process that looks after others waits for.
sigset_t Watched() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) sigaddset(&set, signal);
  return set;
}

/// furrow-device of one of many, in a process of its own; what it prints goes to its folder.
Result<pid_t> StartOne(const std::string& folder, const sigset_t& signals) {
  std::fflush(nullptr);
  const std::string device = DeviceProgram(), out = folder + "/device.out";
  const pid_t child = ::fork();
  if (child < 0) return Io("fork");
  if (child > 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // nobody is left behind
  ::sigprocmask(SIG_SETMASK, &signals, nullptr);
  const int fd = ::open(out.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd >= 0) {
    ::dup2(fd, STDOUT_FILENO);
    ::dup2(fd, STDERR_FILENO);
  }
  const Status failed = Become({device, "run", folder});
  std::fprintf(stderr, "furrow tractor: %s\n", failed.message().c_str());
  ::_exit(127);
}

/// Waits for all; when it is told to end it tells them.
Status LookAfter(std::map<pid_t, std::string> running) {
  const sigset_t watched = Watched();
  Status worst;
  bool told = false;
  while (!running.empty()) {
    int got = 0;
    ::sigwait(&watched, &got);
    if (got != SIGCHLD) {
      told = true;
      for (const auto& [child, folder] : running) ::kill(child, SIGTERM);
    }
    int status = 0;
    for (pid_t ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      const std::string folder = running[ended];
      running.erase(ended);
      if (told && WIFEXITED(status) && WEXITSTATUS(status) == 0) continue;
      worst = Status(Code::kInternal, folder + " ended by itself, see " + folder + "/device.out");
      std::fprintf(stderr, "furrow tractor: %s\n", worst.message().c_str());
    }
  }
  return worst;
}

Status RunMany(const client::TargetHints& hints, const Options& options) {
  if (!options.token.empty() || !options.token_file.empty() || !options.name_space.empty()) {
    return Status(Code::kInvalidArgument, "--token, --token-file and --namespace are for one");
  }
  const size_t digits = std::to_string(options.count).size();
  std::vector<std::string> folders;
  Options one = options;
  for (one.place = 0; one.place < options.count; ++one.place) {
    one.id = fmt::format("{}{:0{}}", options.id, one.place + 1, digits);
    one.folder = options.folder.empty() ? one.id : options.folder + "/" + one.id;
    one.token.clear();
    FURROW_TRY(Run(hints, one));
    folders.push_back(one.folder);
  }
  if (options.prepare) return {};
  const sigset_t watched = Watched();
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &watched, &before);
  std::map<pid_t, std::string> running;
  for (const std::string& folder : folders) {
    FURROW_ASSIGN(const pid_t child, StartOne(folder, before));
    running[child] = folder;
  }
  fmt::print("{} tractors drive, {} to {}\n", options.count, folders.front(), folders.back());
  std::fflush(stdout);
  return LookAfter(std::move(running));
}

}  // namespace

void AddTractorCommand(CLI::App& app, const std::shared_ptr<Common>& common) {
  auto options = std::make_shared<Options>();
  CLI::App* tractor = app.add_subcommand("tractor", "A tractor at a desk, over a generated field");
  tractor->footer(kExamples);
  tractor->add_option("--field", options->field, "a machine's file with a boom and a [field]")
      ->envname("FURROW_TRACTOR_FIELD")
      ->required();
  tractor->add_option("--id", options->id, "the tractor's name at the server")->required();
  tractor->add_option("--folder", options->folder, "the tractor's own [ID]")
      ->envname("FURROW_TRACTOR_FOLDER");
  tractor->add_option("--server", options->server, "URL of the API as the tractor reaches it");
  tractor->add_option("--files", options->files, "URL of the file server, where it is another");
  tractor->add_option("--token", options->token, "to enrol with, good once [asks for one]");
  tractor
      ->add_option("--token-file", options->token_file,
                   "a file with it: no list of processes shows it")
      ->excludes("--token");
  tractor
      ->add_option("--count", options->count, "that many: ID01, ID02 and so on below --folder [1]")
      ->check(CLI::Range(1, kCountMax));
  tractor
      ->add_option("--place", options->place,
                   "of it among others, from 0: seed, and lane on the map")
      ->check(CLI::Range(0, 1'000'000))
      ->excludes("--count");
  tractor->add_option("--namespace", options->name_space,
                      "the network it has, a name of `ip netns` (as root)");
  tractor->add_flag("--prepare", options->prepare, "make and enrol it, and stop");
  tractor->add_option("--api", common->hints.api, "URL of the API [CLEARML_API_HOST]");
  tractor->add_option("--data", common->hints.data_dir,
                      "data directory of a server on this machine [FURROW_DATA]");
  tractor->callback([options, common] {
    const Status status =
        options->count > 1 ? RunMany(common->hints, *options) : Run(common->hints, *options);
    if (status.ok()) return;
    std::fprintf(stderr, "furrow tractor: %s\n", status.message().c_str());
    common->exit_code = 1;
  });
}

}  // namespace furrow::cli
