// SPDX-License-Identifier: Apache-2.0
// The public error table: HTTP code and subcode that clients test, and the text people read.
//
//   return Fail(kInvalidTaskId, id);     // 400/101 "Invalid task id: <id>"
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "json/value.h"

namespace furrow::api {

struct Error {
  uint16_t http;
  uint16_t subcode;
  const char* text;
};

inline constexpr Error kMovedNotSupported{301, 1, "This endpoint is no longer supported"};
inline constexpr Error kBadRequest{400, 0, "Bad request"};
inline constexpr Error kInvalidVersion{400, 2, "Request path has an invalid version"};
inline constexpr Error kInvalidId{400, 10, "Invalid object id"};
inline constexpr Error kMissingFields{400, 11, "Missing required fields"};
inline constexpr Error kValidation{400, 12, "Validation error"};
inline constexpr Error kFieldsNotAllowedForRole{400, 13, "Fields not allowed for role"};
inline constexpr Error kInvalidFields{400, 14, "Invalid fields"};
inline constexpr Error kFieldsConflict{400, 15, "Conflicting fields"};
inline constexpr Error kFieldsValue{400, 16, "Invalid value for fields"};
inline constexpr Error kEmptyBatch{400, 17, "Batch contains no items"};
inline constexpr Error kBatchValidation{400, 18, "Batch validation error"};
inline constexpr Error kFieldsType{400, 20, "Invalid value type for fields"};
inline constexpr Error kInvalidRegex{400, 21, "Invalid regular expression"};
inline constexpr Error kTaskError{400, 100, "General task error"};
inline constexpr Error kInvalidTaskId{400, 101, "Invalid task id"};
inline constexpr Error kTaskValidation{400, 102, "Task validation error"};
inline constexpr Error kInvalidTaskStatus{400, 110, "Invalid task status"};
inline constexpr Error kTaskPublished{400, 113, "Task is published"};
inline constexpr Error kStatusRaceLost{400, 121, "Failed changing task status"};
inline constexpr Error kTaskCannotBeDeleted{400, 123, "Task cannot be deleted"};
inline constexpr Error kInvalidTaskInput{400, 127, "Invalid task input"};
inline constexpr Error kInvalidTaskOutput{400, 128, "Invalid task output"};
inline constexpr Error kTaskNotFound{400, 130, "Task not found"};
inline constexpr Error kEventsNotAdded{400, 131, "Events not added"};
inline constexpr Error kReportsOnly{400, 150, "Operation is supported for reports only"};
inline constexpr Error kCannotRemoveAllRuns{400, 160, "Cannot remove all pipeline runs"};
inline constexpr Error kInvalidModelId{400, 201, "Invalid model id"};
inline constexpr Error kModelNotReady{400, 202, "Model is not ready"};
inline constexpr Error kModelIsReady{400, 203, "Model is ready"};
inline constexpr Error kModelInUse{400, 205, "Model is in use"};
inline constexpr Error kModelCreatingTaskExists{400, 206, "Task that created this model exists"};
inline constexpr Error kInvalidUserId{400, 301, "Invalid user id"};
inline constexpr Error kInvalidPreferences{400, 305, "Invalid preferences update"};
inline constexpr Error kInvalidProjectId{400, 401, "Invalid project id"};
inline constexpr Error kProjectHasTasks{400, 402, "Project has associated tasks"};
inline constexpr Error kProjectHasModels{400, 405, "Project has associated models"};
inline constexpr Error kProjectHasDatasets{400, 406, "Project has associated datasets"};
inline constexpr Error kInvalidProjectName{400, 407, "Invalid project name"};
inline constexpr Error kCannotMoveByUpdate{400, 408,
                                           "Cannot update project location, use projects.move"};
inline constexpr Error kProjectPathTooLong{400, 409, "Project path exceeds the maximum depth"};
inline constexpr Error kProjectSameDestination{400, 410, "Source and destination are the same"};
inline constexpr Error kProjectUnderItself{400, 411, "Project cannot be moved under itself"};
inline constexpr Error kProjectMergeIntoChild{400, 412, "Project cannot be merged into its child"};
inline constexpr Error kProjectHasPipelines{400, 413, "Project has associated pipelines"};
inline constexpr Error kInvalidQueueId{400, 701, "Invalid queue id"};
inline constexpr Error kQueueNotEmpty{400, 702, "Queue is not empty"};
inline constexpr Error kTaskNotInQueue{400, 703, "Invalid queue id or task not in queue"};
inline constexpr Error kTaskAlreadyQueued{400, 706, "Task is already queued"};
inline constexpr Error kNoDefaultQueue{400, 707, "No default queue is found"};
inline constexpr Error kNotUnique{400, 801, "Value combination already exists"};
inline constexpr Error kInvalidWorkerId{400, 1001, "Invalid worker id"};
inline constexpr Error kWorkerNotRegistered{400, 1004, "Worker is not registered"};
inline constexpr Error kContainerNotRegistered{400, 1051, "Container is not registered"};
inline constexpr Error kNoContainersForUrl{400, 1052, "No containers for this URL"};
inline constexpr Error kInvalidScrollId{400, 1104, "Invalid scroll id"};
inline constexpr Error kInvalidTractor{400, 1201, "Invalid tractor"};
inline constexpr Error kInvalidRelease{400, 1202, "Invalid release id"};
inline constexpr Error kReleaseState{400, 1203, "The release does not allow that now"};
inline constexpr Error kBundleRefused{400, 1204, "The bundle is refused"};
inline constexpr Error kInvalidFleetKey{400, 1205, "Invalid fleet key"};
inline constexpr Error kUnauthorized{401, 0, "Unauthorized"};
inline constexpr Error kNoCredentials{401, 20, "Unauthorized (missing credentials)"};
inline constexpr Error kForbidden{403, 0, "Forbidden"};
inline constexpr Error kRoleNotAllowed{403, 20, "Forbidden (not allowed for role)"};
inline constexpr Error kNoWritePermission{403, 21, "Forbidden (no write permission)"};
inline constexpr Error kNotFound{404, 0, "Unable to find endpoint"};
inline constexpr Error kGeneral{500, 0, "General server error"};
inline constexpr Error kLowDisk{500, 4, "Low disk space"};

/// The Status of a table entry, with ": detail" behind its text when there is one.
Status Fail(const Error& error, std::string_view detail = {});

/// HTTP code and subcode of any Status: its own wire code, or the one its Code stands for.
struct WireCode {
  int http = 200;
  int subcode = 0;
};
WireCode ToWire(const Status& status);

/// An element of a *_many answer's `failed`: {id, error: {codes: [http, subcode], msg, data}}.
json::Value FailedItem(std::string_view id, const Status& status);

}  // namespace furrow::api
