// SPDX-License-Identifier: BSL-1.0
#include "views/timeline_words.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "views/timeline_causes.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/units.hpp"

#include <algorithm>

namespace asioscope::viewer {

std::string span_text(std::int64_t ns) {
  return model::duration_text(static_cast<double>(std::max<std::int64_t>(ns, 0)) / 1e9);
}

std::string when_text(const model::program& program, std::int64_t moment_ns) {
  const std::int64_t now = sane(program.time().monotonic_ns);
  return moment_text(moment_ns - sane(program.started_ns()), 1'000'000) + " after the start, " +
         span_text(now - moment_ns) + " ago";
}

std::string flags_text(const model::slice& run) {
  std::string text;
  const auto add = [&](std::uint8_t flag, const char* word) {
    if ((run.flags & flag) != 0) text += std::string(text.empty() ? "" : ", ") + word;
  };
  add(schema::run_flag_slow, "slow");
  add(schema::run_flag_exception, "left by an exception");
  add(schema::run_flag_error, "called with an error");
  add(schema::run_flag_cancelled, "cancelled");
  add(schema::run_flag_strand, "in a strand");
  add(schema::run_flag_hop, "only queued its handler again");
  return text;
}

const char* outcome_of(const model::slice& wait) {
  switch (wait.flags) {
    case 0:
      return "granted";
    case 1:
      return "cancelled";
    case 2:
      return "timed out";
    default:
      return "closed";
  }
}

namespace {

void show_slice(const model::program& program, const lane_hit& hit, const causality& causes) {
  const model::slice& each = *hit.slice;
  print(program.site_name(each.site), colors::strong, type().bold);
  const std::string operation = program.site_operation(each.site);
  if (!operation.empty()) print(operation, colors::quiet, type().small);
  if (hit.of_task == model::task_stretch::what::queued) {
    print("was ready and waited " + model::duration_text_ns(each.delay_ns) + " for a thread",
          colors::warning);
  }
  switch (each.kind) {
    case schema::event_kind::wait:
      print("waited " + model::duration_text_ns(each.duration_ns) + ", " + outcome_of(each),
            colors::text);
      break;
    case schema::event_kind::span:
      print("a scope, open for " + model::duration_text_ns(each.duration_ns), colors::text);
      break;
    default:
      print("ran for " + model::duration_text_ns(each.duration_ns), colors::text);
      if (each.has_delay() && hit.of_task != model::task_stretch::what::queued)
        print("had waited " + model::duration_text_ns(each.delay_ns), colors::text);
  }
  if (const std::string flags = flags_text(each);
      each.kind == schema::event_kind::run && !flags.empty()) {
    print(flags, colors::serious);
  }
  if (causes.of() && causes.of()->what == each && causes.cause())
    print(cause_text(program, causes), colors::text);
  print("loop " + program.loop_name(each.loop), colors::quiet, type().small);
  print("Click for what delayed it. Double click to zoom in.", colors::faint, type().small);
}

}  // namespace

void show_tooltip(const model::program& program, const lane_hit& hit, const causality& causes) {
  if (!hit.slice && hit.slices.folded == 0 && hit.message == nullptr && hit.going_on == nullptr)
    return;
  ImGui::BeginTooltip();
  ImGui::PushTextWrapPos(ImGui::GetFontSize() * 30);
  if (hit.message != nullptr) {
    print("“" + hit.message->text + "”", colors::strong);
    print("the program said", colors::quiet, type().small);
  } else if (hit.going_on != nullptr) {
    const schema::report& report = *hit.going_on;
    print(program.site_name(report.site), colors::strong, type().bold);
    print("has been running for " + span_text(sane(program.time().monotonic_ns) - report.time_ns),
          colors::critical);
    if (!report.culprit.empty()) print("in " + report.culprit, colors::text);
    print("Click for its stack.", colors::faint, type().small);
  } else if (hit.slice) {
    show_slice(program, hit, causes);
  } else {
    print(model::count_text(hit.slices.folded) + " together " +
              model::duration_text_ns(hit.slices.folded_ns),
          colors::strong);
    print("each of them is narrower than a pixel: zoom in", colors::quiet, type().small);
  }
  ImGui::PopTextWrapPos();
  ImGui::EndTooltip();
}

}  // namespace asioscope::viewer
