// SPDX-License-Identifier: BSL-1.0
#include "announcer.hpp"

#include "asioscope/schema/rendezvous.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

namespace asioscope {

announcer::announcer(const schema::announcement& what)
    : path_(schema::announcement_path(what.program, what.pid)) {
  schema::make_private_directory(path_.parent_path());
  schema::remove_stale_announcements(path_.parent_path());
  // Under its name there is never half a file, nor one that is not locked.
  const std::string draft = path_.native() + ".new";
  ::unlink(draft.c_str());
  locked_ = net::unique_fd(
      ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  const std::string text = schema::to_text(what);
  if (!locked_ || ::flock(locked_.get(), LOCK_EX | LOCK_NB) != 0 ||
      ::write(locked_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::rename(draft.c_str(), path_.c_str()) != 0) {
    const int error = errno;
    ::unlink(draft.c_str());
    throw std::system_error(error, std::system_category(), "cannot write " + path_.native());
  }
}

announcer::~announcer() {
  // The child's copy must not take the file away from the parent.
  if (forks_ == net::forks_so_far()) ::unlink(path_.c_str());
}

}  // namespace asioscope
