// SPDX-License-Identifier: BSL-1.0
// Feeds arbitrary bytes to an HTTP connection, once whole and once in pieces. The answers must be
// well-formed and the same, but for how the last request is refused: of pieces the parser may wait
// for more before it finds fault. libFuzzer's entry point; corpus_replay.cpp calls it as an
// ordinary test.
#include "connection_state.hpp"
#include "gzip.hpp"
#include "http.hpp"
#include "query.hpp"
#include "token.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace asioscope;

void expect(bool condition) {
  if (!condition) std::abort();
}

/// Touches everything that is made of a request.
metrics::http_page page(const metrics::http_request& asked) {
  const auto names = metrics::query_values(asked.query, "name[]");
  std::string body(2000, metrics::bears(asked.authorization, "token") ? 'b' : 'a');
  if (names) {
    for (const std::string& each : *names)
      body += each;
  }
  return {.status = names ? 200U : 400U, .body = std::move(body) + asked.accept};
}

const metrics::http_site site{{"/", &page}, {"/metrics", &page}};

/// The answers, without what depends on the time of day.
std::vector<std::string> answers_to(std::string_view bytes, std::size_t step) {
  using state = net::connection::state;
  auto made = std::make_unique<state>(net::unique_fd(), net::connection_limits{},
                                      net::timeouts::clock::time_point());
  state& peer = *made;
  net::connection self(std::move(made));
  const auto handler = metrics::serve_http(site);
  std::vector<std::string> answers;
  while (peer.where == state::phase::open) {
    const std::string_view next = bytes.substr(0, step);
    bytes.remove_prefix(next.size());
    peer.input += next;
    while (peer.where == state::phase::open && !peer.input.empty()) {
      const std::size_t consumed = handler->on_data(self, peer.input);
      expect(consumed <= peer.input.size());
      peer.input.erase(0, consumed);
      if (peer.queued() > 0) {
        expect(peer.output.starts_with("HTTP/1.1 "));
        // The Date line is the second.
        const std::size_t line = peer.output.find("\r\n");
        peer.output.erase(line, peer.output.find("\r\n", line + 2) - line);
        answers.push_back(std::exchange(peer.output, {}));
      } else if (consumed == 0) {
        break;
      }
    }
    if (next.empty()) break;
  }
  return answers;
}

bool is_refusal(const std::string& answer) {
  return !answer.starts_with("HTTP/1.1 200 ") &&
         answer.find("\r\nConnection: close\r\n") != std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const auto whole = answers_to(bytes, bytes.size() + 1);
  const auto pieces = answers_to(bytes, size == 0 ? 1 : 1 + data[size - 1] % 7);
  const auto [left, right] =
      std::mismatch(whole.begin(), whole.end(), pieces.begin(), pieces.end());
  expect(left == whole.end() || (left + 1 == whole.end() && is_refusal(*left)));
  expect(right == pieces.end() || (right + 1 == pieces.end() && is_refusal(*right)));
  static_cast<void>(metrics::accepts_gzip(bytes));
  return 0;
}
