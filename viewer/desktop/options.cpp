// SPDX-License-Identifier: BSL-1.0
#include "options.hpp"

#include "views/panels.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace asioscope::viewer {
namespace {

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string take_size(options& chosen, std::string_view value) {
  const std::size_t cross = value.find('x');
  if (cross != std::string_view::npos) {
    const auto width = number<int>(value.substr(0, cross));
    const auto height = number<int>(value.substr(cross + 1));
    if (width && height && *width >= 320 && *height >= 240 && *width <= 16'384 &&
        *height <= 16'384) {
      chosen.width = *width;
      chosen.height = *height;
      return {};
    }
  }
  return "--size wants WIDTHxHEIGHT in pixels, for example 1280x800";
}

std::string take_scale(options& chosen, std::string_view value) {
  const auto scale = number<float>(value);
  if (!scale || !(*scale >= 0.5F) || !(*scale <= 5.0F)) {
    return "--scale wants a factor from 0.5 to 5, for example 1.5";
  }
  chosen.scale = *scale;
  return {};
}

std::string take_after(options& chosen, std::string_view value) {
  const auto seconds = number<double>(value);
  if (!seconds || !(*seconds >= 0) || !(*seconds <= 86'400)) {
    return "--after wants seconds, for example 5";
  }
  chosen.after_seconds = *seconds;
  return {};
}

std::string take_trace_events(options& chosen, std::string_view value) {
  const auto events = number<std::size_t>(value);
  if (!events || *events < 10'000 || *events > 100'000'000) {
    return "--trace-events wants a number from 10000 to 100000000; each event takes up to 48 bytes";
  }
  chosen.trace_events = *events;
  return {};
}

std::string take_panel(options& chosen, std::string_view value) {
  if (!panel_named(value)) {
    return "--panel wants one of " + panel_names() + ", not '" + std::string(value) + "'";
  }
  chosen.panel = value;
  return {};
}

std::string take_theme(options& chosen, std::string_view value) {
  chosen.theme = colors::theme_named(value);
  if (chosen.theme) return {};
  return "--theme wants dark, light or colour-blind, not '" + std::string(value) + "'";
}

std::string take(options& chosen, std::string_view name, std::string_view value) {
  if (value.empty()) return std::string(name) + " wants a value";
  if (name == "--size") return take_size(chosen, value);
  if (name == "--scale") return take_scale(chosen, value);
  if (name == "--after") return take_after(chosen, value);
  if (name == "--panel") return take_panel(chosen, value);
  if (name == "--theme") return take_theme(chosen, value);
  if (name == "--trace-events") return take_trace_events(chosen, value);
  (name == "--screenshot" ? chosen.screenshot
   : name == "--record"   ? chosen.record
                          : chosen.dump_model) = value;
  return {};
}

bool takes_value(std::string_view name) {
  return name == "--size" || name == "--scale" || name == "--after" || name == "--panel" ||
         name == "--screenshot" || name == "--dump-model" || name == "--trace-events" ||
         name == "--record" || name == "--theme";
}

}  // namespace

parsed parse(std::span<const std::string_view> arguments) {
  parsed result;
  options& chosen = result.chosen;
  bool only_target = false;
  for (std::size_t index = 0; index < arguments.size() && result.error.empty(); ++index) {
    std::string_view argument = arguments[index];
    if (only_target || argument.empty() || argument.front() != '-') {
      if (!chosen.target.empty()) {
        result.error = "one program at a time: '" + chosen.target + "' and '" +
                       std::string(argument) + "' were named";
      }
      chosen.target = argument;
      continue;
    }
    const std::size_t equals = argument.find('=');
    const std::string_view name = argument.substr(0, equals);
    if (argument == "--") {
      only_target = true;
    } else if (takes_value(name)) {
      std::string_view value;
      if (equals != std::string_view::npos) {
        value = argument.substr(equals + 1);
      } else if (index + 1 < arguments.size()) {
        value = arguments[++index];
      }
      result.error = take(chosen, name, value);
    } else if (argument == "--list") {
      chosen.list = true;
    } else if (argument == "--file-sd") {
      chosen.file_sd = true;
    } else if (argument == "--help" || argument == "-h") {
      chosen.help = true;
    } else if (argument == "--version") {
      chosen.version = true;
    } else {
      result.error = "there is no option '" + std::string(argument) + "'";
    }
  }
  if (result.error.empty() && !chosen.record.empty() && chosen.is_errand()) {
    result.error =
        "--record takes no --screenshot and no --dump-model: open the recording for those";
  }
  if (result.error.empty() && chosen.after_seconds && !chosen.is_errand() &&
      chosen.record.empty()) {
    result.error = "--after says when to write; it needs --screenshot, --dump-model or --record";
  }
  if (result.error.empty() && chosen.file_sd && !chosen.list) {
    result.error = "--file-sd says how to list; it needs --list";
  }
  return result;
}

std::string_view help_text() {
  return R"(Usage: asioscope-viewer [PROGRAM | SOCKET | HOST:PORT | FILE.asioscope] [options]

Shows what the event loops of a Boost.Asio program do, live.

What to watch:
  (nothing)             the program that was started last on this machine
  PROGRAM               a program on this machine, by name or process id
  SOCKET                the Unix socket of a program
  HOST:PORT             a program that listens on TCP; ssh -L reaches other machines
  FILE.asioscope        a recording

Options:
  --list                print the programs that can be watched, the newest first: name,
                        process id, socket, and the address of the metrics if there are any
  --list --file-sd      print those with metrics instead, for Prometheus' file_sd (JSON)
  --panel NAME          open with this panel: overview, timeline, handlers, tasks,
                        stalls, failures or resources
  --size WxH            size of the window in pixels (that of the last time, else 1280x800)
  --scale F             size of text and lines (that of the display); Ctrl + and Ctrl - go on
                        from there, and are remembered
  --theme NAME          dark, light or colour-blind (that of the last time); T changes it
  --trace-events N      how many events the timeline keeps (2000000, which take 96 MB);
                        the oldest are forgotten first
  --screenshot FILE     write a PNG picture of the window, then exit
  --dump-model FILE     write all figures as JSON, then exit; - is the standard output.
                        Alone, it needs no display
  --record FILE         write all that the program says, its trace too, until Ctrl-C or until
                        the program ends; no window. By custom it is called NAME.asioscope
  --after SECONDS       how long to watch before writing (2), or how long to record
  --help                print this text
  --version             print the version

Keys are listed in the window: press ?

Exit status: 0, or 1 when there was no program, no display, or a wrong option.
)";
}

}  // namespace asioscope::viewer
