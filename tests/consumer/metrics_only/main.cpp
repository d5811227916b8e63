// SPDX-License-Identifier: BSL-1.0
// A program that has prometheus-cpp already: our families beside its own, by its serialiser. And
// the ways out that need nobody who scrapes.
#include <asioscope/metrics/push_gateway.hpp>
#include <asioscope/metrics/textfile.hpp>
#include <asioscope/metrics_prometheus/collectable.hpp>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

int failures = 0;

void expect_in(std::string_view text, std::string_view line) {
  if (text.find(line) != std::string_view::npos) return;
  std::cerr << "no '" << line << "' in\n" << text;
  ++failures;
}

void collectable() {
  const auto ours = std::make_shared<asioscope::metrics::collectable>();
  const std::vector<std::shared_ptr<prometheus::Collectable>> exposed{
      std::make_shared<prometheus::Registry>(), ours};
  std::string text;
  for (const auto& each : exposed)
    text += prometheus::TextSerializer().Serialize(each->Collect());
  expect_in(text, "# TYPE asio_build_info gauge");
  expect_in(text, "# TYPE process_");
}

void textfile() {
  const auto path = std::filesystem::temp_directory_path() / "asioscope-consumer.prom";
  asioscope::metrics::textfile(path).write();
  std::ifstream in(path);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  expect_in(text, "asio_build_info{program=\"asioscope-consumer\",");
  std::filesystem::remove(path);
}

void push() {
  std::string said;
  try {  // nobody listens on the port "discard"
    asioscope::metrics::push_gateway({.url = "http://127.0.0.1:9", .job = "consumer"}).push();
  } catch (const std::system_error& error) {
    said = error.what();
  }
  expect_in(said, "127.0.0.1:9: connecting: ");
}

}  // namespace

int main() {
  collectable();
  textfile();
  push();
  return failures == 0 ? 0 : 1;
}
