// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace asioscope::viewer {

enum class command : std::uint8_t {
  pause,
  overview,
  timeline,
  handlers,
  tasks,
  stalls,
  failures,
  resources,
  filter,
  copy,
  zoom_in,
  zoom_out,
  earlier,
  later,
  follow,
  only_range,
  back,
  help,
  larger,
  smaller,
  usual_size,
  theme,
  open,
  save,
  next_tab,
  close_tab,
  quit,
};

/// What a key does. The help is made from this table and the program obeys it.
struct key_binding {
  command does;
  const char* keys;  ///< for people
  const char* what;
  int code;  ///< GLFW's; 0: `character` instead, wherever the layout has it
  char character;
  bool control;
};

inline constexpr std::array<key_binding, 27> key_bindings = {{
    {command::pause, "Space", "Pause: the picture stands still, the program goes on", 32, 0, false},
    {command::overview, "1", "Overview", 0, '1', false},
    {command::timeline, "2", "Timeline", 0, '2', false},
    {command::handlers, "3", "Handlers", 0, '3', false},
    {command::tasks, "4", "Tasks", 0, '4', false},
    {command::stalls, "5", "Stalls", 0, '5', false},
    {command::failures, "6", "Failures", 0, '6', false},
    {command::resources, "7", "Resources", 0, '7', false},
    {command::filter, "Ctrl F", "Filter the list", 70, 0, true},
    {command::copy, "Ctrl C", "Copy the table as CSV", 67, 0, true},
    {command::zoom_in, "W", "Timeline: zoom in", 0, 'w', false},
    {command::zoom_out, "S", "Timeline: zoom out", 0, 's', false},
    {command::earlier, "A", "Timeline: earlier", 0, 'a', false},
    {command::later, "D", "Timeline: later", 0, 'd', false},
    {command::follow, "F", "Timeline: follow what happens", 0, 'f', false},
    {command::only_range, "R", "Only what happened in the measured range; again: all", 0, 'r',
     false},
    {command::open, "Ctrl O", "Watch something else: a program, an address, a recording", 79, 0,
     true},
    {command::save, "Ctrl S", "Save the last minutes as a recording", 83, 0, true},
    {command::next_tab, "Ctrl Tab", "The next of the programs that are watched", 258, 0, true},
    {command::close_tab, "Ctrl W", "No longer watch this one", 87, 0, true},
    {command::back, "Esc", "Back: closes, deselects, clears the filter, then the range", 256, 0,
     false},
    {command::help, "?", "This help", 0, '?', false},
    {command::larger, "Ctrl +", "Larger", 61, 0, true},
    {command::smaller, "Ctrl -", "Smaller", 45, 0, true},
    {command::usual_size, "Ctrl 0", "Usual size", 48, 0, true},
    {command::theme, "T", "Theme: dark, light, colour-blind safe", 0, 't', false},
    {command::quit, "Ctrl Q", "Quit", 81, 0, true},
}};

/// What the mouse does, for the help.
struct mouse_habit {
  const char* gesture;
  const char* what;
};

inline constexpr std::array<mouse_habit, 6> mouse_habits = {{
    {"Hover", "A plot shows the value at that moment; headings and figures explain themselves"},
    {"Wheel on a plot", "Zoom time at the mouse"},
    {"Drag a plot", "Move through time"},
    {"Double click", "Back to the last minute, live"},
    {"Click a heading", "Sort; again to turn round. Right click hides columns"},
    {"Click a row", "Details; the selection stays on its row's subject"},
}};

/// The command that was typed in this frame. Nothing while text is being typed, except with Ctrl
/// and Esc.
[[nodiscard]] std::optional<command> typed_command();

}  // namespace asioscope::viewer
