// SPDX-License-Identifier: BSL-1.0
#include "asioscope/metrics/text_format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace asioscope::metrics {

namespace {

/// As Prometheus 3 writes it ("1.0", not "1"), so that queries for a bound find it in every
/// version.
std::vector<std::string> write_bounds() {
  std::vector<std::string> result;
  for (const double bound : histogram_bounds()) {
    std::array<char, 32> digits{};
    std::to_chars(digits.data(), digits.data() + digits.size(), bound);
    result.emplace_back(digits.data());
    if (std::trunc(bound) == bound) result.back() += ".0";
  }
  return result;
}

/// About how long the text will be: growing a string of a megabyte step by step costs more than its
/// contents.
std::size_t expected_size(std::span<const family> families) {
  constexpr std::size_t line = 120;
  std::size_t lines = 0;
  for (const family& each : families) {
    const bool is_histogram = each.info->type == family_type::histogram;
    lines += each.samples.size() * (is_histogram ? histogram_bounds().size() + 3 : 1);
  }
  return lines * line;
}

class writer {
 public:
  writer(format wanted, std::size_t expected) : format_(wanted) { out_.reserve(expected); }

  std::string take() { return std::move(out_); }

  void head(const family_info& info) {
    const std::string_view name = family_name(info);
    if (format_ == format::text) {
      meta("HELP", name);
      escaped(info.help, '\\');
    }
    meta("TYPE", name);
    out_ += to_string(info.type);
    if (format_ == format::openmetrics) {
      if (!info.unit.empty()) {
        meta("UNIT", name);
        out_ += info.unit;
      }
      meta("HELP", name);
      escaped(info.help, '"');
    }
    out_ += '\n';
  }

  void plain(std::string_view name, const sample& from, double value) {
    total(name, "", written(from.where));
    number(value);
    for (const exemplar& each : from.exemplars)
      one_exemplar(each);
    out_ += '\n';
  }

  void histogram(std::string_view name, const sample& from, const distribution& value) {
    // Never destroyed: a scrape may come while the program's static objects go.
    static const auto& bounds = *new std::vector<std::string>(write_bounds());
    const std::string& where = written(from.where);
    std::span<const exemplar> left = from.exemplars;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      bucket(name, where, bounds[i], value.cumulative[i]);
      for (; !left.empty() && left.front().value <= histogram_bounds()[i]; left = left.subspan(1))
        one_exemplar(left.front());
      out_ += '\n';
    }
    bucket(name, where, "+Inf", value.count);
    for (const exemplar& each : left)
      one_exemplar(each);
    out_ += '\n';
    total(name, "_sum", where);
    number(value.sum);
    out_ += '\n';
    total(name, "_count", where);
    integer(value.count);
    out_ += '\n';
  }

  void end() {
    if (format_ == format::openmetrics) out_ += "# EOF\n";
  }

 private:
  using buffer = std::array<char, 32>;

  /// OpenMetrics calls a counter's family what it counts, and only the sample a total.
  [[nodiscard]] std::string_view family_name(const family_info& info) const {
    std::string_view name = info.name;
    constexpr std::string_view suffix = "_total";
    if (format_ == format::openmetrics && info.type == family_type::counter &&
        name.ends_with(suffix))
      name.remove_suffix(suffix.size());
    return name;
  }

  void meta(std::string_view keyword, std::string_view name) {
    if (!out_.empty() && out_.back() != '\n') out_ += '\n';
    out_ += "# ";
    out_ += keyword;
    out_ += ' ';
    out_ += name;
    out_ += ' ';
  }

  void one_exemplar(const exemplar& what) {
    if (format_ != format::openmetrics) return;
    out_ += " # {";
    const char* separator = "";
    for (const label& each : what.of) {
      out_ += separator;
      one_label(each);
      separator = ",";
    }
    out_ += "} ";
    number(what.value);
    out_ += ' ';
    moment(what.unix_seconds);
  }

  /// To the microsecond, without an exponent.
  void moment(double unix_seconds) {
    buffer digits;
    out_.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(),
                                             unix_seconds, std::chars_format::fixed, 6)
                                   .ptr);
  }

  void bucket(std::string_view name, std::string_view where, std::string_view bound,
              std::uint64_t count) {
    out_ += name;
    out_ += "_bucket{";
    out_ += where;
    out_ += where.empty() ? "le=\"" : ",le=\"";
    out_ += bound;
    out_ += "\"} ";
    integer(count);
  }

  void total(std::string_view name, std::string_view suffix, std::string_view where) {
    out_ += name;
    out_ += suffix;
    if (!where.empty()) {
      out_ += '{';
      out_ += where;
      out_ += '}';
    }
    out_ += ' ';
  }

  /// The labels of a row. They stand in many families, mostly one after the other as in the family
  /// before. Valid until the next call.
  const std::string& written(const labels& where) {
    if (next_ >= rows_.size() || rows_[next_].where != where.get())
      next_ = places_.try_emplace(where.get(), rows_.size()).first->second;
    if (next_ == rows_.size()) rows_.push_back({where.get(), text_of(*where)});
    return rows_[next_++].text;
  }

  std::string text_of(const std::vector<label>& where) {
    std::string text;
    std::swap(out_, text);
    for (const label& each : where) {
      if (!out_.empty()) out_ += ',';
      one_label(each);
    }
    std::swap(out_, text);
    return text;
  }

  void one_label(const label& what) {
    out_ += what.name;
    out_ += "=\"";
    escaped(what.value, '"');
    out_ += '"';
  }

  /// With a backslash before each backslash and each `quote`, and line feeds as \n.
  void escaped(std::string_view text, char quote) {
    const auto special = [quote](char c) { return c == '\\' || c == '\n' || c == quote; };
    for (auto at = text.begin(); (at = std::ranges::find_if(text, special)) != text.end();) {
      out_.append(text.begin(), at);
      out_ += '\\';
      out_ += *at == '\n' ? 'n' : *at;
      text.remove_prefix(static_cast<std::size_t>(at - text.begin()) + 1);
    }
    out_ += text;
  }

  void integer(std::uint64_t value) {
    buffer digits;
    out_.append(digits.data(),
                std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
  }

  void number(double value) {
    buffer digits;
    if (std::isnan(value)) {
      out_ += "NaN";
    } else if (std::isinf(value)) {
      out_ += value > 0 ? "+Inf" : "-Inf";
    } else if (std::trunc(value) == value && std::abs(value) < 0x1p53) {
      // 1e+06 is shorter, but 1000000 is what one looks for.
      const auto whole = static_cast<std::int64_t>(value);
      out_.append(digits.data(),
                  std::to_chars(digits.data(), digits.data() + digits.size(), whole).ptr);
    } else {
      out_.append(digits.data(),
                  std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
    }
  }

  format format_;
  std::string out_;
  struct row {
    const std::vector<label>* where;
    std::string text;
  };
  std::vector<row> rows_;  // written already
  std::unordered_map<const std::vector<label>*, std::size_t> places_;
  std::size_t next_ = 0;  // probably
};

}  // namespace

std::string render(format wanted, std::span<const family> families) {
  writer out(wanted, expected_size(families));
  for (const family& each : families) {
    if (each.samples.empty()) continue;
    out.head(*each.info);
    for (const sample& line : each.samples) {
      if (const double* value = std::get_if<double>(&line.value)) {
        out.plain(each.info->name, line, *value);
      } else {
        out.histogram(each.info->name, line, std::get<distribution>(line.value));
      }
    }
  }
  out.end();
  return out.take();
}

}  // namespace asioscope::metrics
