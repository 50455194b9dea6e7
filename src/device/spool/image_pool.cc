// SPDX-License-Identifier: Apache-2.0
#include "device/spool/image_pool.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

#include <fmt/format.h>

namespace furrow::device {
namespace {

constexpr size_t kScoreDigits = 10;

std::string ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// "0000123456-name" to 123456 and name.
std::optional<std::pair<uint64_t, std::string>> KeyOf(const std::string& stem) {
  if (stem.size() <= kScoreDigits + 1 || stem[kScoreDigits] != '-') return std::nullopt;
  uint64_t score = 0;
  const char* end = stem.data() + kScoreDigits;
  if (std::from_chars(stem.data(), end, score).ptr != end) return std::nullopt;
  return std::pair{score, stem.substr(kScoreDigits + 1)};
}

}  // namespace

Result<std::unique_ptr<ImagePool>> ImagePool::Open(
    const std::string& folder, bundle::Disk* disk,
    const std::function<bool(const std::string& name)>& sent) {
  std::unique_ptr<ImagePool> pool(
      new ImagePool(folder, disk != nullptr ? *disk : bundle::SystemDisk()));
  if (const int made = pool->disk_.MakeFolder(folder); made < 0) {
    return bundle::DiskError(folder, made);
  }
  std::vector<std::filesystem::path> files;
  std::error_code error;
  std::filesystem::directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    files.push_back(at->path());
  }
  if (error) return Status(Code::kIoError, folder + ": " + error.message());
  MutexLock lock(pool->mutex_);
  for (const auto& path : files) {
    const std::string stem = path.stem().string();
    const auto key = KeyOf(stem);
    const std::string text = folder + "/" + stem + ".json", image = folder + "/" + stem + ".png";
    const bool whole = key && std::filesystem::exists(text, error) &&
                       std::filesystem::exists(image, error) && !sent(key->second);
    if (!whole) {
      pool->disk_.Remove(path.string());
    } else if (path.extension() == ".png") {
      const uint64_t bytes =
          std::filesystem::file_size(image, error) + std::filesystem::file_size(text, error);
      pool->entries_[*key] = {stem, bytes};
      pool->bytes_ += bytes;
    }
  }
  return pool;
}

void ImagePool::Take(std::map<Key, Entry>::iterator at) {
  // Without its text an image is a remnant.
  disk_.Remove(folder_ + "/" + at->second.stem + ".json");
  disk_.Remove(folder_ + "/" + at->second.stem + ".png");
  bytes_ -= at->second.bytes;
  entries_.erase(at);
}

Result<bool> ImagePool::Add(const std::string& name, double score, std::string_view image,
                            const std::string& text, uint64_t room) {
  MutexLock lock(mutex_);
  const auto millionths = static_cast<uint64_t>(std::clamp(score, 0.0, 1.0) * 1e6);
  const Key key{millionths, name};
  if (entries_.contains(key)) return true;
  const uint64_t bytes = image.size() + text.size();
  while (bytes_ + bytes > room) {
    if (entries_.empty() || entries_.begin()->first >= key) {
      ++given_up_;
      return false;
    }
    Take(entries_.begin());
    ++given_up_;
  }
  const std::string stem = fmt::format("{:0{}}-{}", millionths, kScoreDigits, name);
  FURROW_TRY(bundle::PutFile(disk_, folder_ + "/" + stem + ".png", image, 0644));
  if (Status put = bundle::PutFile(disk_, folder_ + "/" + stem + ".json", text, 0644); !put.ok()) {
    disk_.Remove(folder_ + "/" + stem + ".png");
    return put;
  }
  entries_[key] = {stem, bytes};
  bytes_ += bytes;
  return true;
}

std::optional<WaitingImage> ImagePool::Best() const {
  MutexLock lock(mutex_);
  if (entries_.empty()) return std::nullopt;
  const auto& [key, entry] = *entries_.rbegin();
  const std::string path = folder_ + "/" + entry.stem;
  return WaitingImage{key.second, path + ".png", ReadBytes(path + ".json"),
                      static_cast<double>(key.first) / 1e6, entry.bytes};
}

void ImagePool::Remove(const std::string& name) {
  MutexLock lock(mutex_);
  const auto at =
      std::ranges::find_if(entries_, [&](const auto& one) { return one.first.second == name; });
  if (at != entries_.end()) Take(at);
}

bool ImagePool::GiveUp() {
  MutexLock lock(mutex_);
  if (entries_.empty()) return false;
  Take(entries_.begin());
  ++given_up_;
  return true;
}

uint64_t ImagePool::bytes() const {
  MutexLock lock(mutex_);
  return bytes_;
}
uint64_t ImagePool::count() const {
  MutexLock lock(mutex_);
  return entries_.size();
}
uint64_t ImagePool::given_up() const {
  MutexLock lock(mutex_);
  return given_up_;
}

}  // namespace furrow::device
