// SPDX-License-Identifier: BSL-1.0
#include "asioscope/metrics/textfile.hpp"

#include "label_value.hpp"

#include "asioscope/metrics/text_format.hpp"
#include "asioscope/net/unique_fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace asioscope::metrics {

namespace {

std::filesystem::path checked(std::filesystem::path path) {
  if (path.extension() == ".prom") return path;
  throw std::invalid_argument("'" + path.native() +
                              "' does not end in .prom: node_exporter would not read it");
}

collect_options without_process(collect_options options) {
  options.process = false;
  return options;
}

/// Puts the label `program` before the others. What many samples share is still shared.
void add_program(std::vector<family>& families, const std::string& program) {
  std::map<labels, labels> known;
  for (family& each : families) {
    for (sample& one : each.samples) {
      labels& longer = known[one.where];
      if (longer == nullptr) {
        std::vector<label> list{{"program", program}};
        list.insert(list.end(), one.where->begin(), one.where->end());
        longer = std::make_shared<const std::vector<label>>(std::move(list));
      }
      one.where = longer;
    }
  }
}

/// A file beside the one to be replaced, gone unless it took its place. Its name does not end in
/// .prom, so that nobody reads it.
class draft {
 public:
  explicit draft(const std::filesystem::path& final)
      : final_(final), name_(final.native() + ".XXXXXX"), fd_(::mkostemp(name_.data(), O_CLOEXEC)) {
    if (!fd_) fail("cannot be written, no file can be made beside it");
  }
  ~draft() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  draft(const draft&) = delete;
  draft& operator=(const draft&) = delete;

  void write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t count = ::write(fd_.get(), text.data(), text.size());
      if (count >= 0)
        text.remove_prefix(static_cast<std::size_t>(count));
      else if (errno != EINTR)
        fail("cannot be written");
    }
  }

  void replace() {
    if (::fchmod(fd_.get(), S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH) != 0) {
      fail("cannot be made readable");
    }
    // Else a crash of the machine could leave the name of the new file with nothing in it.
    if (::fsync(fd_.get()) != 0) fail("cannot be written");
    if (std::rename(name_.c_str(), final_.c_str()) != 0) fail("cannot be replaced");
    name_.clear();
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    const int error = errno;
    throw std::system_error(error, std::generic_category(), "'" + final_.native() + "' " + what);
  }

  const std::filesystem::path& final_;
  std::string name_;
  net::unique_fd fd_;
};

}  // namespace

struct textfile::state {
  state(std::filesystem::path wanted, collect_options options)
      : path(checked(std::move(wanted))),
        program(label_value(path.stem().native())),
        families(without_process(std::move(options))) {}

  const std::filesystem::path path;
  const std::string program;
  collector families;
};

textfile::textfile(std::filesystem::path path, collect_options options)
    : state_(std::make_unique<state>(std::move(path), std::move(options))) {}
textfile::~textfile() = default;

void textfile::write() {
  std::vector<family> families = state_->families.collect();
  add_program(families, state_->program);
  draft next(state_->path);
  next.write(to_text(families));
  next.replace();
}

}  // namespace asioscope::metrics
