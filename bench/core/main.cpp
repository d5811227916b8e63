// SPDX-License-Identifier: BSL-1.0
#include "table.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr const char* usage =
    "usage: asioscope-bench-core [--rounds N] [--operations N] [--only TEXT]\n"
    "       asioscope-bench-core --smoke\n"
    "Nanoseconds of CPU time per operation, medians over rounds in which all take turns.\n"
    "--only: those whose name has the text in it, and those that they are compared with.\n";

struct settings {
  int rounds = 7;
  long operations = 200'000;
  std::string only;
  bool understood = true;
};

settings read(int argc, char** argv) {
  settings wanted;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option(argv[i]);
    const char* const value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (option == "--smoke") {
      wanted.rounds = 1;
      wanted.operations = 1000;
      continue;
    }
    ++i;
    if (option == "--rounds" && value != nullptr)
      wanted.rounds = std::atoi(value);
    else if (option == "--operations" && value != nullptr)
      wanted.operations = std::atol(value);
    else if (option == "--only" && value != nullptr)
      wanted.only = value;
    else
      wanted.understood = false;
  }
  if (wanted.rounds <= 0 || wanted.operations <= 0) wanted.understood = false;
  return wanted;
}

std::vector<bench::core_row> all_rows() {
  std::vector<bench::core_row> all;
  for (const auto& part :
       {bench::posting_rows(), bench::semaphore_rows(), bench::queue_rows(), bench::limiter_rows(),
        bench::breaker_rows(), bench::pool_rows(), bench::pipeline_rows(), bench::task_rows()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

void keep_only(std::vector<bench::core_row>& rows, const std::string& text) {
  const auto has_it = [&](const bench::core_row& row) {
    return row.name.find(text) != std::string::npos;
  };
  std::vector<std::string> compared;
  for (const bench::core_row& each : rows)
    if (has_it(each) && each.goal.beside != nullptr) compared.emplace_back(each.goal.beside);
  std::erase_if(rows, [&](const bench::core_row& row) {
    return !has_it(row) && std::find(compared.begin(), compared.end(), row.name) == compared.end();
  });
}

}  // namespace

int main(int argc, char** argv) {
  const settings wanted = read(argc, argv);
  if (!wanted.understood) {
    std::cerr << usage;
    return 2;
  }
  // A process that has never had a second thread gets its mutexes almost for nothing from glibc.
  std::thread([] {}).join();
  std::vector<bench::core_row> rows = all_rows();
  keep_only(rows, wanted.only);
  for (bench::core_row& each : rows)
    if (each.counts_memory) each.from_heap = heap_use(each, wanted.operations / 10 + 1);
  for (int round = 0; round < wanted.rounds; ++round)
    for (bench::core_row& each : rows)
      each.rounds.push_back(each.measure(wanted.operations));
  print(rows, std::cout);
}
