// SPDX-License-Identifier: Apache-2.0
// What is deleted and not yet gone: files on our file server, runs whose images have to go first,
// projects with what stands in them. Each piece of work is a document, written in the batch of the
// deletion that it belongs to: a crash forgets none, and doing one twice does no harm.
//
// Documents: {id, created, kind: "files", files: [path…]}
//            {id, created, kind: "run", run, files: bool}
//            {id, created, kind: "project", projects: [id…], files: bool, doer}
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "entities/core.h"
#include "entities/removal.h"

namespace furrow::entities {

/// The part of a URL that names a file on our file server, still encoded; nullopt for a file that
/// lies elsewhere.
std::optional<std::string> OwnFile(const Core& core, std::string_view url);
/// All URLs under which clients may know that file.
std::vector<std::string> UrlsOf(const Core& core, std::string_view file);

/// Takes the URLs of our own files out of `urls` and notes the files for removal.
Status RemoveFilesLater(docs::Transaction& t, const Core& core, Micros now,
                        std::set<std::string>& urls);
/// The same for all URLs in `removed`.
Status RemoveFilesLater(docs::Transaction& t, const Core& core, Micros now, Removed& removed);
/// The images that the run or model reported are removed, then its events. Its document goes with
/// this transaction, so nobody sees either meanwhile.
Status RemoveRunLater(docs::Transaction& t, Micros now, const std::string& run);

/// Deletes all tasks and models in the projects, then the projects, in steps: where it is cut off,
/// the note that it begins with is there to go on with. Without `files` the URLs of files are in
/// `removed`.
Status RemoveProjects(Core& core, const Actor& actor, const std::vector<std::string>& projects,
                      bool files, Removed& removed);
/// Goes on with one whose `doer` is another life of the server; true when it was done.
Result<bool> ResumeProjects(Core& core, const json::Value& note);

}  // namespace furrow::entities
