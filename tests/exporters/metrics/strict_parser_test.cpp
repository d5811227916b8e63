// SPDX-License-Identifier: BSL-1.0
#include "sample_snapshot.hpp"
#include "servers.hpp"

#include "asioscope/metrics/collector.hpp"
#include "asioscope/metrics/text_format.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace asioscope::metrics {
namespace {

using testing::millisecond;
using testing::recorded;
using testing::sample_snapshot;
using testing::scratch_folder;
using testing::second;

/// What Prometheus' own Python client reads in the text: see read_back.py. Its complaint when it
/// refuses it.
std::string read_back(format what, const std::string& text) {
  const scratch_folder folder;
  std::ofstream(folder / "text", std::ios::binary) << text;
  // Debian's, for which python3-prometheus-client is installed.
  const std::string command = "/usr/bin/python3 -B '" ASIOSCOPE_READ_BACK "' " +
                              std::string(what == format::openmetrics ? "openmetrics" : "text") +
                              " '" + (folder / "text").native() + "' >'" +
                              (folder / "out").native() + "' 2>&1";
  const int status = std::system(command.c_str());
  std::ifstream out(folder / "out", std::ios::binary);
  std::string said{std::istreambuf_iterator<char>(out), {}};
  if (status != 0) said += "refused";
  return said;
}

/// The same of the families themselves.
class listing {
 public:
  explicit listing(format what) : format_(what) {}

  std::string of(const std::vector<family>& families) {
    for (const family& each : families)
      for (const sample& one : each.samples)
        add(std::string(each.info->name), one);
    return std::move(out_);
  }

 private:
  static std::string number(double value) {
    std::array<char, 64> digits{};
    std::snprintf(digits.data(), digits.size(), "%.17g", value);
    return digits.data();
  }

  static std::string written(const std::vector<label>& all) {
    std::string result;
    for (const label& each : all) {
      if (!result.empty()) result += ',';
      result += std::string(each.name) + '=';
      for (const char c : each.value) {
        std::array<char, 4> hex{};
        std::snprintf(hex.data(), hex.size(), "%02x", static_cast<unsigned>(c) & 0xFFU);
        result += hex.data();
      }
    }
    return result;
  }

  void line(const std::string& name, const std::vector<label>& where, double value,
            const exemplar* about = nullptr) {
    out_ += name + '|' + written(where) + '|' + number(value);
    if (about != nullptr && format_ == format::openmetrics)
      out_ += '|' + written(about->of) + '|' + number(about->value);
    out_ += '\n';
  }

  void add(const std::string& name, const sample& from) {
    if (const double* value = std::get_if<double>(&from.value)) {
      return line(name, *from.where, *value,
                  from.exemplars.empty() ? nullptr : &from.exemplars.front());
    }
    const auto& value = std::get<distribution>(from.value);
    double above = -1;
    const auto bucket = [&](const std::string& bound, double highest, std::uint64_t count) {
      std::vector<label> where = *from.where;
      where.push_back({"le", bound});
      const exemplar* about = nullptr;
      for (const exemplar& each : from.exemplars)
        if (each.value > above && each.value <= highest) about = &each;
      line(name + "_bucket", where, static_cast<double>(count), about);
      above = highest;
    };
    static const std::array bounds{"7.62939453125e-06",
                                   "1.52587890625e-05",
                                   "3.0517578125e-05",
                                   "6.103515625e-05",
                                   "0.0001220703125",
                                   "0.000244140625",
                                   "0.00048828125",
                                   "0.0009765625",
                                   "0.001953125",
                                   "0.00390625",
                                   "0.0078125",
                                   "0.015625",
                                   "0.03125",
                                   "0.0625",
                                   "0.125",
                                   "0.25",
                                   "0.5",
                                   "1.0",
                                   "2.0",
                                   "4.0",
                                   "8.0"};
    for (std::size_t i = 0; i < bounds.size(); ++i)
      bucket(bounds[i], histogram_bounds()[i], value.cumulative[i]);
    bucket("+Inf", 1e300, value.count);
    line(name + "_sum", *from.where, value.sum);
    line(name + "_count", *from.where, static_cast<double>(value.count));
  }

  format format_;
  std::string out_;
};

void expect_reads_back(const std::vector<family>& families) {
  for (const format what : {format::openmetrics, format::text})
    EXPECT_EQ(read_back(what, render(what, families)), listing(what).of(families));
}

std::vector<family> families_of(const schema::snapshot& from) {
  collector tested({.source = [&] { return from; }});
  return tested.collect();
}

/// Slow samples of every figure, in every bucket that the sample snapshot fills.
schema::snapshot with_exemplars() {
  schema::snapshot result = sample_snapshot();
  const auto add = [&](schema::slow_figure figure, std::uint64_t duration_ns) {
    result.slow_samples.push_back(
        {.loop = 1,
         .figure = figure,
         .bucket = static_cast<std::uint32_t>(schema::bucket_of_nanoseconds(duration_ns)),
         .duration_ns = duration_ns,
         .time_ns = 999 * second,
         .site = 1,
         .task = 12,
         .trace_id = "4bf92f3577b34da6"});
  };
  add(schema::slow_figure::run, 4 * millisecond);
  add(schema::slow_figure::run, millisecond);
  add(schema::slow_figure::delay, millisecond);
  add(schema::slow_figure::lag, 2 * millisecond);
  add(schema::slow_figure::stall, 300 * millisecond);
  return result;
}

TEST(strict_parser_test, refuses_what_is_wrong) {
  EXPECT_NE(read_back(format::openmetrics, "# TYPE a counter\na 1\n# EOF\n"), "a||1\n");
  EXPECT_NE(read_back(format::openmetrics, "# TYPE a gauge\na 1\n"), "a||1\n");  // no end
  EXPECT_EQ(read_back(format::openmetrics, "# TYPE a gauge\na 1\n# EOF\n"), "a||1\n");
}

TEST(strict_parser_test, reads_a_rich_program) { expect_reads_back(families_of(with_exemplars())); }

TEST(strict_parser_test, reads_an_empty_program) { expect_reads_back(families_of({})); }

TEST(strict_parser_test, reads_whatever_the_names_in_a_program_are_like) {
  schema::snapshot from = with_exemplars();
  from.slow_samples.back().trace_id = "\"}\\\n\xFF 1 # {";
  std::mt19937 random(5);
  constexpr std::array pieces{"\"",       "\\",       "\n",   "\r",          "\t", "\xFF",
                              "\xE2\x82", "\xC3\xA4", "}",    "{",           ",",  "=",
                              " # ",      "# EOF",    "\\n",  "a",           "le", "\xF0\x9F",
                              "\0",       "\xED\xA0", "\x7F", "\xE2\x80\xA8"};
  const auto name = [&] {
    std::string result;
    for (auto n = 1 + random() % 60; n > 0; --n)
      result += pieces[random() % pieces.size()];
    return result;
  };
  from.loops[0].name = name();
  for (schema::resource_info& each : from.resources)
    each.name = name();
  for (std::uint32_t id = 100; id < 140; ++id) {
    from.sites.push_back({.id = id, .name = name()});
    from.site_stats.push_back({.loop = 1,
                               .site = id,
                               .run = recorded(millisecond, 1),
                               .error_categories = {{name(), 1}}});
    from.slow_samples.push_back({.loop = 1,
                                 .figure = schema::slow_figure::run,
                                 .bucket = id - 30,
                                 .time_ns = 990 * second,
                                 .site = id,
                                 .trace_id = name().substr(0, 48)});
  }
  expect_reads_back(families_of(from));
}

TEST(strict_parser_test, reads_any_label_and_number_that_a_family_may_have) {
  static constexpr std::array<std::string_view, 1> one{"anything"};
  static constexpr family_info counter{"tested_total", family_type::counter, "", one,
                                       "Help \"quoted\" \\ broken\nin two"};
  static constexpr family_info gauge{"level", family_type::gauge, "", one, ""};
  std::mt19937_64 random(11);
  constexpr std::array pieces{"\"", "\\", "\n", "\\n", "\\\\", " ", "x", "\xC3\xA4", "}", ","};
  family counters{&counter, {}};
  family gauges{&gauge, {}};
  for (int i = 0; i < 500; ++i) {
    std::string value = std::to_string(i) + ' ';
    for (auto n = random() % 12; n > 0; --n)
      value += pieces[random() % pieces.size()];
    const auto where =
        std::make_shared<const std::vector<label>>(std::vector<label>{{"anything", value}});
    const double number =
        std::ldexp(static_cast<double>(random() >> 11U), static_cast<int>(random() % 120) - 80);
    std::erase(value, '}');  // see exemplar_labels
    counters.samples.push_back({where, number, {{{{"trace_id", value}}, number, 1.5e9}}});
    gauges.samples.push_back({where, -number});
  }
  expect_reads_back({counters, gauges});
}

}  // namespace
}  // namespace asioscope::metrics
