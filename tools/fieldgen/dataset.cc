// SPDX-License-Identifier: Apache-2.0
#include "dataset.h"

#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "edge/image/image.h"

namespace furrow::fieldgen {
namespace {

using edge::Microns;
using edge::Nanos;

constexpr const char* kFaultNames[] = {"none", "black", "stuck", "overexposed"};

Status MakeFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return Status(Code::kIoError, fmt::format("{}: {}", path, error.message()));
  return {};
}

Status WriteText(const std::string& text, const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "wb");
  const bool wrote =
      file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const bool closed = file != nullptr && std::fclose(file) == 0;
  if (wrote && closed) return {};
  return Status(Code::kIoError, fmt::format("{}: {}", path, std::strerror(errno)));
}

/// Frames of one camera; appends their lines of frames.csv.
Status MakeFrames(const DatasetOptions& options, const edge::Field& field, const edge::Drive& drive,
                  const edge::Camera& camera, std::string& table,
                  const std::function<void()>& done) {
  edge::Renderer renderer(field, camera);
  const edge::PixelFormat format =
      options.bayer ? edge::PixelFormat::kBayerRggb8 : edge::PixelFormat::kRgb8;
  edge::Image image{camera.width, camera.height, options.bayer ? 1 : 3, {}};
  edge::Image mask{camera.width, camera.height, 1, {}};
  const Microns length = edge::ToMillionths(options.length_m);
  for (int i = 0; i < options.frames; ++i) {
    const Nanos t = drive.TimeAt(length * i / options.frames);
    if (t < 0) break;
    const edge::DrivePose pose = drive.At(t);
    const bool faulty = options.fault != edge::FrameFault::kNone &&
                        i % options.fault_every == options.fault_every - 1;
    const edge::Shot shot{.s = pose.x,
                          .lateral = pose.y,
                          .heading = edge::FromBillionths(pose.heading),
                          .speed_mps = edge::FromMillionths(pose.v),
                          .exposure_s = options.exposure_s,
                          .gain = options.gain,
                          .noise = options.noise,
                          .sequence = static_cast<uint64_t>(i),
                          .fault = faulty ? options.fault : edge::FrameFault::kNone};
    renderer.Render(shot, format, image.pixels, &mask.pixels);
    const std::string name = fmt::format("{}-{:06}.png", FileNamed(camera.name), i);
    FURROW_TRY(edge::WritePng(image, options.out + "/images/" + name));
    FURROW_TRY(edge::WritePng(mask, options.out + "/masks/" + name));
    table += fmt::format("{},{},{},{},{},{},{},{},{}\n", name, FileNamed(camera.name), i,
                         Decimal9(t), Decimal6(pose.s), Decimal6(pose.x), Decimal6(pose.y),
                         Decimal9(pose.heading), kFaultNames[static_cast<int>(shot.fault)]);
    done();
  }
  return {};
}

}  // namespace

std::string FileNamed(const std::string& camera) {
  std::string name = camera;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_') c = '_';
  }
  return name;
}

Status MakeDataset(const DatasetOptions& options, const Progress& progress) {
  FURROW_TRY(edge::CheckField(options.field));
  const Microns length = edge::ToMillionths(options.length_m);
  FURROW_ASSIGN(const edge::Drive drive,
                edge::DriveNamed(options.drive, edge::ToMillionths(options.speed_mps), length));
  const edge::Field field(options.field);
  FURROW_TRY(MakeFolder(options.out + "/images"));
  FURROW_TRY(MakeFolder(options.out + "/masks"));
  FURROW_TRY(WriteTruth(field, length, options.out + "/truth.csv"));
  if (options.drive != "turns") {
    FURROW_TRY(WriteWeeds(field, drive, length, edge::ToMillionths(options.ahead_m),
                          options.out + "/weeds.csv"));
  }
  FURROW_TRY(WriteOdometry(drive, options.odometry, options.field.seed, length,
                           options.out + "/odometry.csv"));
  std::string table = "file,camera,sequence,t_s,s_m,x_m,y_m,heading_rad,fault\n";
  size_t done = 0;
  const size_t all = options.cameras.size() * static_cast<size_t>(options.frames);
  for (const size_t camera : options.cameras) {
    FURROW_TRY(MakeFrames(options, field, drive, options.boom.cameras[camera], table,
                          [&] { progress(++done, all); }));
  }
  return WriteText(table, options.out + "/frames.csv");
}

}  // namespace furrow::fieldgen
