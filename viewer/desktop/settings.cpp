// SPDX-License-Identifier: BSL-1.0
#include "settings.hpp"

#include "history.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

namespace asioscope::viewer {
namespace {

constexpr int smallest = 320;
constexpr int largest = 16'384;
constexpr int most_lines = 1'000;
constexpr std::string_view filter_of = "filter.";  // and the view

template <class Number>
void take(std::string_view text, Number least, Number most, Number& into) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= least && value <= most)
    into = value;
}

}  // namespace

std::filesystem::path settings_file() {
  const char* const folder = std::getenv("XDG_CONFIG_HOME");
  if (folder != nullptr && *folder == '/')
    return std::filesystem::path(folder) / "asioscope" / "viewer.conf";
  const char* const home = std::getenv("HOME");
  if (home == nullptr || *home != '/') return {};
  return std::filesystem::path(home) / ".config" / "asioscope" / "viewer.conf";
}

settings load_settings(const std::filesystem::path& file) {
  settings result;
  std::ifstream input(file);
  std::string line;
  for (int lines = 0; lines < most_lines && std::getline(input, line); ++lines) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string_view name = std::string_view(line).substr(0, equals);
    const std::string_view value = std::string_view(line).substr(equals + 1);
    if (name == "width") take(value, smallest, largest, result.width);
    if (name == "height") take(value, smallest, largest, result.height);
    if (name == "watched" && !value.empty() && result.history.size() < history::most)
      result.history.emplace_back(value);
    habits& used_to = result.habits;
    if (name == "zoom") take(value, habits::least_zoom, habits::most_zoom, used_to.zoom);
    if (name == "theme") used_to.theme = colors::theme_named(value).value_or(used_to.theme);
    if (name.starts_with(filter_of)) used_to.filters.add(name.substr(filter_of.size()), value);
  }
  return result;
}

settings merged(settings in_file, const settings& before, const settings& now) {
  const auto take_change = [&](auto field) {
    if (field(now) != field(before)) field(in_file) = field(now);
  };
  take_change([](auto& of) -> auto& { return of.width; });
  take_change([](auto& of) -> auto& { return of.height; });
  take_change([](auto& of) -> auto& { return of.habits.zoom; });
  take_change([](auto& of) -> auto& { return of.habits.theme; });

  const saved_filters& kept = now.habits.filters;
  const saved_filters& kept_before = before.habits.filters;
  for (const auto& [view, filters] : kept_before.by_view())
    for (const std::string& each : filters)
      if (!kept.has(view, each)) in_file.habits.filters.remove(view, each);
  for (const auto& [view, filters] : kept.by_view())
    for (const std::string& each : filters)
      if (!kept_before.has(view, each)) in_file.habits.filters.add(view, each);

  if (now.history == before.history) return in_file;
  std::vector<std::string> watched = now.history;
  for (std::string& each : in_file.history)
    if (std::ranges::find(watched, each) == watched.end()) watched.push_back(std::move(each));
  if (watched.size() > history::most) watched.resize(history::most);
  in_file.history = std::move(watched);
  return in_file;
}

std::string save_settings(const settings& kept, const std::filesystem::path& file) {
  if (file.empty()) return "there is no folder for it";
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  // Whole or not at all: two viewers may end at once.
  std::filesystem::path draft = file;
  draft += "." + std::to_string(::getpid());
  {
    std::ofstream output(draft);
    output << "width=" << kept.width << "\nheight=" << kept.height << "\nzoom=" << kept.habits.zoom
           << "\ntheme=" << colors::entry_of(kept.habits.theme).name << '\n';
    for (const std::string& each : kept.history)
      output << "watched=" << each << '\n';
    for (const auto& [view, filters] : kept.habits.filters.by_view())
      for (const std::string& each : filters)
        output << filter_of << view << '=' << each << '\n';
    if (!output.flush() && !error) error = std::make_error_code(std::errc::io_error);
  }
  if (!error) std::filesystem::rename(draft, file, error);
  if (!error) return "";
  std::error_code ignored;
  std::filesystem::remove(draft, ignored);
  return "cannot write " + file.string() + ": " + error.message();
}

}  // namespace asioscope::viewer
