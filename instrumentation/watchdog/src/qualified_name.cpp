// SPDX-License-Identifier: BSL-1.0
#include "qualified_name.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace asioscope::watchdog {
namespace {

bool is_identifier(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Whether the word `operator` begins at `at`.
bool operator_begins(std::string_view text, std::size_t at) {
  constexpr std::string_view word = "operator";
  return text.substr(at).starts_with(word) && (at == 0 || !is_identifier(text[at - 1])) &&
         (at + word.size() == text.size() || !is_identifier(text[at + word.size()]));
}

/// The position after an operator's name, whose symbols would otherwise be taken for brackets.
std::size_t skip_operator(std::string_view text, std::size_t at) {
  at += std::string_view("operator").size();
  static constexpr std::array<std::string_view, 15> symbols{
      "()", "[]", "->*", "->", "<=>", "<<=", ">>=", "<<", ">>", "<=", ">=", "<", ">", "\"\"", ","};
  for (const auto symbol : symbols) {
    if (!text.substr(at).starts_with(symbol)) continue;
    at += symbol.size();
    // Demanglers write `operator< <int>`, so that the argument list is not read as `<<`.
    if (text.substr(at).starts_with(" <")) ++at;
    return at;
  }
  if (text.substr(at).starts_with(
          ' ')) {  // a conversion, new or delete: everything up to the parameters
    while (at < text.size() && text[at] != '(')
      at = text[at] == '<' ? skip_brackets(text, at) : at + 1;
    return at;
  }
  while (at < text.size() && !is_identifier(text[at]) &&
         std::string_view("(<: ").find(text[at]) == std::string_view::npos) {
    ++at;
  }
  return at;
}

/// `lambda at /path/server.cpp:12:5` → `lambda at server.cpp:12`, as far as a view can say so.
std::string_view without_column(std::string_view place) {
  const auto colon = place.rfind(':');
  return colon != std::string_view::npos && place.find(':') != colon ? place.substr(0, colon)
                                                                     : place;
}

/// Qualifiers that may follow a function's parameters, and what else is not part of a name.
std::size_t skip_suffix(std::string_view text, std::size_t at) {
  static constexpr std::array<std::string_view, 7> suffixes{
      " const", " volatile", " noexcept", " &&", " &", " *", " (.cold)"};
  for (const auto suffix : suffixes) {
    const auto end = at + suffix.size();
    if (text.substr(at).starts_with(suffix) && (end >= text.size() || !is_identifier(text[end]))) {
      return end;
    }
  }
  return text.substr(at).starts_with(" [") ? skip_brackets(text, at + 1) : at;
}

bool is_noise(const name_part& part) {
  static constexpr std::array<std::string_view, 4> versions{"__cxx11", "_V2", "__1", "__detail"};
  return (part.name.empty() && !part.lambda) ||
         std::find(versions.begin(), versions.end(), part.name) != versions.end();
}

/// One walk over the text; `part_` is the part being read.
class parser {
 public:
  explicit parser(std::string_view text) : text_(text) {}

  std::vector<name_part> run() {
    while (at_ < text_.size())
      step();
    finish_part();
    return std::move(parts_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (text_.substr(at_).starts_with("::")) {
      finish_part();
      at_ += 2;
    } else if (c == ' ') {
      space();
    } else if (c == '<' || c == '(' || c == '{' || c == '[') {
      bracket(c);
    } else if (c == '\'') {  // LLVM's demangler: 'lambda'(int), 'unnamed'
      const auto end = std::min(text_.find('\'', at_ + 1), text_.size() - 1);
      part_.lambda = text_.substr(at_ + 1).starts_with("lambda");
      at_ = end + 1;
    } else if (operator_begins(text_, at_)) {
      const auto begin = at_;
      at_ = skip_operator(text_, at_);
      part_.name = trim(text_.substr(begin, at_ - begin));
    } else {
      identifier();
    }
  }

  void space() {
    if (const auto end = skip_suffix(text_, at_); end != at_) {
      at_ = end;
      return;
    }
    // What stood before was a return type or a qualifier.
    parts_.clear();
    part_ = {};
    ++at_;
  }

  void bracket(char open) {
    const auto end = skip_brackets(text_, at_);
    const auto inside = text_.substr(at_ + 1, end - at_ - (end > at_ + 1 ? 2 : 1));
    const bool nameless = part_.name.empty() && !part_.lambda;
    if (nameless && inside.starts_with("lambda")) {
      part_.lambda = true;
      if (open == '(') part_.name = without_column(inside);
    } else if (open == '<' && part_.arguments.empty()) {
      part_.arguments = inside;
    } else if (open == '(' && !nameless) {
      part_.function = true;
    }
    at_ = end;
  }

  void identifier() {
    const auto begin = at_;
    if (text_.substr(at_).starts_with("$_"))
      part_.lambda = true;  // clang's closures of internal linkage
    ++at_;
    while (at_ < text_.size() && (is_identifier(text_[at_]) || text_[at_] == '$'))
      ++at_;
    if (!part_.lambda) part_.name = text_.substr(begin, at_ - begin);
  }

  void finish_part() {
    if (!is_noise(part_)) parts_.push_back(part_);
    part_ = {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  name_part part_;
  std::vector<name_part> parts_;
};

}  // namespace

std::size_t skip_brackets(std::string_view text, std::size_t open) {
  const char opening = text[open];
  if (opening != '<') {
    // Round, square and curly brackets are always balanced, whatever operators stand between them.
    const char closing = opening == '(' ? ')' : opening == '{' ? '}' : ']';
    int depth = 0;
    for (auto at = open; at < text.size(); ++at) {
      if (text[at] == opening) ++depth;
      if (text[at] == closing && --depth == 0) return at + 1;
    }
    return text.size();
  }
  auto at = open + 1;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '>') return at + 1;
    if (c == '<' || c == '(' || c == '{' || c == '[') {
      at = skip_brackets(text, at);
    } else if (c == '-' && text.substr(at).starts_with("->")) {
      at += 2;
    } else if (operator_begins(text, at)) {
      at = skip_operator(text, at);
    } else {
      ++at;
    }
  }
  return text.size();
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split_arguments(std::string_view arguments) {
  std::vector<std::string_view> result;
  std::size_t begin = 0;
  std::size_t at = 0;
  while (at < arguments.size()) {
    const char c = arguments[at];
    if (c == ',') {
      result.push_back(trim(arguments.substr(begin, at - begin)));
      begin = ++at;
    } else if (c == '<' || c == '(' || c == '{' || c == '[') {
      at = skip_brackets(arguments, at);
    } else if (operator_begins(arguments, at)) {
      at = skip_operator(arguments, at);
    } else {
      ++at;
    }
  }
  if (const auto last = trim(arguments.substr(begin)); !last.empty()) result.push_back(last);
  return result;
}

std::vector<name_part> parse_qualified_name(std::string_view text) {
  return parser(trim(text)).run();
}

}  // namespace asioscope::watchdog
