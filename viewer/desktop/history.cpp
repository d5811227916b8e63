// SPDX-License-Identifier: BSL-1.0
#include "history.hpp"

#include <filesystem>
#include <system_error>

namespace asioscope::viewer {

void history::note(const target& watched) {
  using kind = target::kind;
  if (watched.how == kind::newest || watched.how == kind::program) return;
  std::string words = describe(watched);
  if (watched.how != kind::tcp) {
    // From another folder the same words would mean another file.
    std::error_code error;
    const std::filesystem::path whole = std::filesystem::absolute(words, error);
    if (!error) words = whole.string();
  }
  // A line each in the file that keeps them.
  if (words.find('\n') != std::string::npos) return;
  std::erase(entries_, words);
  entries_.insert(entries_.begin(), std::move(words));
  if (entries_.size() > most) entries_.resize(most);
}

}  // namespace asioscope::viewer
