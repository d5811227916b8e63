// SPDX-License-Identifier: BSL-1.0
#include "windowed.hpp"

#include "headless.hpp"
#include "history.hpp"
#include "platform/png.hpp"
#include "platform/window.hpp"
#include "redraw.hpp"
#include "settings.hpp"
#include "watched.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace asioscope::viewer {
namespace {

using clock = std::chrono::steady_clock;

class application {
 public:
  explicit application(const options& chosen)
      : chosen_(chosen),
        // What is written to a file does not depend on habits.
        remembered_(chosen.is_errand() ? settings() : load_settings(settings_file())),
        window_({.width = chosen.width == 0 ? remembered_.width : chosen.width,
                 .height = chosen.height == 0 ? remembered_.height : chosen.height,
                 .scale = chosen.scale}),
        habits_(remembered_.habits),
        errand_(chosen.after_seconds.value_or(usual_after_seconds), clock::now()) {
    if (chosen.theme) habits_.theme = *chosen.theme;
    add_tab(parse_target(chosen.target), panel_named(chosen.panel).value_or(panel::overview));
  }

  int run() {
    while (!window_.is_closing()) {
      const double rest = rhythm_.timeout(shown().revision(), clock::now());
      const bool had_input = window_.wait(chosen_.is_errand() ? std::min(rest, 0.05) : rest);
      if (had_input) rhythm_.note_input();
      if (const std::string dropped = window_.take_dropped(); !dropped.empty())
        watch(parse_target(dropped), shown().has_program());
      const clock::time_point now = clock::now();
      if (!window_.is_iconified() && rhythm_.is_due(shown().revision(), now)) {
        rhythm_.note_drawn(shown().revision(), now);
        draw(nullptr);
      }
      if (!chosen_.is_errand()) continue;
      if (const std::optional<int> code = run_errand()) return *code;
    }
    remember();
    return 0;
  }

 private:
  [[nodiscard]] watched& shown() { return *tabs_[tab_]; }

  void add_tab(const target& wanted, panel first) {
    tabs_.push_back(std::make_unique<watched>(wanted, first, &window::wake, chosen_.trace_events));
    tab_ = tabs_.size() - 1;
  }

  void watch(const target& wanted, bool in_new_tab) {
    if (in_new_tab) {
      add_tab(wanted, panel::overview);
    } else {
      shown().watch(wanted);
    }
    history_.note(wanted);
    rhythm_.note_input();
  }

  void close_tab(std::size_t index) {
    if (tabs_.size() == 1 || index >= tabs_.size()) return;
    tabs_.erase(tabs_.begin() + static_cast<std::ptrdiff_t>(index));
    if (tab_ > index || tab_ == tabs_.size()) --tab_;
    rhythm_.note_input();
  }

  void remember() {
    if (chosen_.is_errand()) return;
    settings now = remembered_;
    // A size that was asked for is for this time.
    if (chosen_.width == 0) std::tie(now.width, now.height) = window_.size();
    now.habits = habits_;
    if (chosen_.theme) now.habits.theme = remembered_.habits.theme;
    now.history = history_.entries();
    if (now == remembered_) return;
    const std::filesystem::path file = settings_file();
    const std::string error = save_settings(merged(load_settings(file), remembered_, now), file);
    remembered_ = now;
    if (!error.empty())
      std::cerr << "asioscope-viewer: the settings are not remembered: " << error << '\n';
  }

  void draw(picture* copy) {
    scene now;
    for (const auto& each : tabs_)
      now.tabs.push_back(each->entry());
    now.tab = tab_;
    now.history = history_.entries();
    window_.wear(habits_.zoom, habits_.theme);
    window_.set_title(now.tabs[tab_].title + " – asioscope");
    wishes wanted;
    window_.draw([&] { wanted = shown().draw(now, habits_); }, copy);
    habits_ = shown().habits();
    grant(wanted);
    // What somebody asked to be kept is kept at once.
    if (habits_.filters != remembered_.habits.filters) remember();
  }

  void grant(const wishes& wanted) {
    if (wanted.quit) window_.close();
    if (wanted.go_on) rhythm_.note_input();
    shown().grant(wanted);
    if (wanted.watch) watch(*wanted.watch, wanted.in_new_tab);
    if (wanted.show_tab && *wanted.show_tab < tabs_.size()) {
      tab_ = *wanted.show_tab;
      rhythm_.note_input();
    }
    if (wanted.close_tab) close_tab(*wanted.close_tab);
  }

  std::optional<int> run_errand() {
    const bool is_complete = shown().link().read([](const model::model& model) {
      return model.current() != nullptr && model.current()->complete();
    });
    const connection_status status = shown().link().status();
    const auto verdict = errand_.ask(is_complete, status.now, clock::now());
    if (verdict == errand_clock::verdict::wait) return std::nullopt;
    std::string error;
    if (verdict == errand_clock::verdict::give_up) error = explain_absence(status);
    if (!chosen_.screenshot.empty()) {
      picture shot;
      draw(&shot);
      const std::string failure = write_png(chosen_.screenshot, shot.width, shot.height, shot.rgb);
      if (error.empty()) error = failure;
    }
    if (error.empty() && !chosen_.dump_model.empty()) {
      error = shown().link().read([this](const model::model& model) {
        return write_model(*model.current(), chosen_.dump_model);
      });
    }
    if (error.empty()) return 0;
    std::cerr << "asioscope-viewer: " << error << '\n';
    return 1;
  }

  const options& chosen_;
  settings remembered_;
  window window_;
  habits habits_;
  viewer::history history_{remembered_.history};
  redraw_rhythm rhythm_;
  std::vector<std::unique_ptr<watched>> tabs_;  // after the window, which they wake; never empty
  std::size_t tab_ = 0;                         // the one that is shown
  errand_clock errand_;
};

}  // namespace

int run_window(const options& chosen) { return application(chosen).run(); }

}  // namespace asioscope::viewer
