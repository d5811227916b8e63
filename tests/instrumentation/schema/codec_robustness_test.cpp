// SPDX-License-Identifier: BSL-1.0
#include "random_message.hpp"

#include "asioscope/schema/codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <protozero/pbf_writer.hpp>

#include <string>
#include <vector>

namespace asioscope::schema {
namespace {

using ::testing::HasSubstr;

std::string sample_stream() {
  std::string bytes;
  testing::random_message source{99, 20};
  encode(source.make_hello(), bytes);
  while (bytes.size() < 2'500)
    encode(source.make_frame(), bytes);
  encode(request{true}, bytes);
  encode(goodbye{"bye"}, bytes);
  return bytes;
}

/// A stream of one message made by hand: field `kind` of Message with `body`.
std::string stream_of(protozero::pbf_tag_type kind, const std::string& body) {
  std::string bytes;
  {
    protozero::pbf_writer stream{bytes};
    protozero::pbf_writer whole{stream, 1};
    whole.add_message(kind, body);
  }
  return bytes;
}

constexpr protozero::pbf_tag_type frame_kind = 2;

template <typename Fill>
std::string body_of(Fill fill) {
  std::string bytes;
  protozero::pbf_writer out{bytes};
  fill(out);
  return bytes;
}

std::string frame_with(protozero::pbf_tag_type field, const std::string& body) {
  return stream_of(frame_kind,
                   body_of([&](protozero::pbf_writer& out) { out.add_message(field, body); }));
}

void add_column(protozero::pbf_writer& out, protozero::pbf_tag_type field,
                std::vector<std::uint64_t> values) {
  out.add_packed_uint64(field, values.begin(), values.end());
}

std::string error_of(const std::string& bytes) {
  decoder reader;
  reader.feed(bytes);
  while (reader.next()) {
  }
  return reader.error();
}

TEST(codec_robustness, every_prefix_gives_whole_messages_and_waits_for_the_rest) {
  const std::string bytes = sample_stream();
  std::size_t previous = 0;
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    decoder reader;
    reader.feed(std::string_view{bytes}.substr(0, length));
    std::size_t messages = 0;
    while (reader.next())
      ++messages;
    EXPECT_EQ(reader.error(), "");
    EXPECT_GE(messages, previous);
    previous = messages;
  }
  EXPECT_GE(previous, 4U);
}

TEST(codec_robustness, a_message_cut_short_inside_is_an_error_and_no_crash) {
  // The frame is whole, what is in it is not: each body is cut and announced with its new length.
  testing::random_message source{4};
  const frame original = source.make_frame();
  std::string bytes;
  encode(original, bytes);
  std::size_t refused = 0;
  for (std::size_t cut = 1; cut < bytes.size() / 2; ++cut) {
    std::string body = bytes.substr(bytes.size() / 2 - cut, cut);
    refused += error_of(stream_of(frame_kind, body)).empty() ? 0 : 1;
  }
  EXPECT_GT(refused, 0U);
}

TEST(codec_robustness, no_flip_of_a_byte_or_a_bit_crashes) {
  const std::string bytes = sample_stream();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const unsigned mask : {0xFFU, 0x80U, 0x01U, 0x02U, 0x04U, 0x08U, 0x10U, 0x20U, 0x40U}) {
      std::string broken = bytes;
      broken[at] = static_cast<char>(static_cast<unsigned char>(broken[at]) ^ mask);
      decoder reader{max_message_bytes, std::size_t{1} << 20};
      reader.feed(broken);
      while (reader.next()) {
      }
    }
  }
}

TEST(codec_robustness, an_oversized_message_is_refused_when_it_is_announced) {
  std::string bytes{"\x0A"};
  protozero::add_varint_to_buffer(&bytes, max_message_bytes + 1);
  EXPECT_THAT(error_of(bytes), HasSubstr("16777217 bytes"));
  decoder small{10};
  small.feed(std::string{"\x0A\x0B", 2});
  EXPECT_FALSE(small.next().has_value());
  EXPECT_THAT(small.error(), HasSubstr("limit is 10"));
}

TEST(codec_robustness, an_endless_length_is_refused) {
  EXPECT_THAT(error_of("\x0A" + std::string(20, '\xFF')), HasSubstr("length"));
}

TEST(codec_robustness, what_is_not_a_stream_is_refused_at_its_first_byte) {
  EXPECT_THAT(error_of("GET / HTTP/1.1\r\n"), HasSubstr("not an asioscope stream"));
  EXPECT_THAT(error_of(std::string(1, '\0')), HasSubstr("not an asioscope stream"));
}

TEST(codec_robustness, an_error_is_final) {
  decoder reader;
  reader.feed("x");
  EXPECT_FALSE(reader.next().has_value());
  const std::string reason = reader.error();
  std::string good;
  encode(request{}, good);
  reader.feed(good);
  EXPECT_FALSE(reader.next().has_value());
  EXPECT_EQ(reader.error(), reason);
}

TEST(codec_robustness, a_hello_without_our_magic_is_refused) {
  EXPECT_THAT(error_of(stream_of(1, "")), HasSubstr("not asioscope's"));
  EXPECT_THAT(error_of(stream_of(1, body_of([](auto& out) { out.add_string(1, "tracy"); }))),
              HasSubstr("not asioscope's"));
}

TEST(codec_robustness, unknown_fields_and_kinds_are_skipped) {
  std::string bytes;
  bytes += stream_of(9, "a kind of tomorrow");
  bytes += stream_of(4, body_of([](auto& out) {
                       out.add_string(77, "new");
                       out.add_fixed64(78, 1);
                       out.add_fixed32(79, 1);
                       out.add_bool(1, true);
                       out.add_string(1, "of another type: skipped");
                     }));
  decoder reader;
  reader.feed(bytes);
  const auto only = reader.next();
  ASSERT_TRUE(only.has_value()) << reader.error();
  EXPECT_EQ(std::get<request>(*only), request{true});
  EXPECT_FALSE(reader.next().has_value());
  EXPECT_EQ(reader.error(), "");
}

TEST(codec_robustness, unknown_values_of_enumerations_are_refused) {
  const auto one = [](protozero::pbf_tag_type field, std::uint64_t value) {
    return body_of([&](auto& out) { out.add_uint64(field, value); });
  };
  EXPECT_EQ(error_of(frame_with(6, one(2, 2))), "");
  EXPECT_THAT(error_of(frame_with(6, one(2, 4))), HasSubstr("unknown value 4"));
  EXPECT_EQ(error_of(frame_with(12, one(2, 2))), "");
  EXPECT_THAT(error_of(frame_with(12, one(2, 3))), HasSubstr("unknown value 3"));
  const auto task_in_state = [](std::uint64_t state) {
    return body_of([&](auto& out) {
      for (protozero::pbf_tag_type field = 1; field <= 8; ++field) {
        add_column(out, field, {field == 4 ? state : 0});
      }
      add_column(out, 12, {0});
    });
  };
  EXPECT_EQ(error_of(frame_with(11, task_in_state(6))), "");
  EXPECT_THAT(error_of(frame_with(11, task_in_state(7))), HasSubstr("unknown task state 7"));
  const auto event_of_kind = [](std::uint64_t kind, std::uint64_t flags) {
    return body_of([&](auto& out) {
      add_column(out, 2, {kind});
      add_column(out, 3, {flags});
      for (protozero::pbf_tag_type field = 4; field <= 7; ++field) {
        add_column(out, field, {0});
      }
    });
  };
  EXPECT_EQ(error_of(frame_with(13, event_of_kind(7, 255))), "");
  EXPECT_THAT(error_of(frame_with(13, event_of_kind(0, 256))), HasSubstr("flags"));
}

TEST(codec_robustness, columns_of_unequal_length_are_refused) {
  // Each column of the two messages once too short and once too long.
  const auto tasks = [](protozero::pbf_tag_type odd, std::size_t length) {
    return frame_with(11, body_of([&](auto& out) {
                        for (protozero::pbf_tag_type field = 1; field <= 13; ++field) {
                          const std::uint64_t value = field == 4 ? 8 + 16 + 32 + 64 : 0;
                          add_column(out, field,
                                     std::vector<std::uint64_t>(field == odd ? length : 2, value));
                        }
                      }));
  };
  EXPECT_EQ(error_of(tasks(0, 0)), "");
  const auto events = [](protozero::pbf_tag_type odd, std::size_t length) {
    return frame_with(13, body_of([&](auto& out) {
                        for (protozero::pbf_tag_type field = 2; field <= 11; ++field) {
                          const std::uint64_t value = field == 2 ? 8 + 16 + 32 + 64 : 0;
                          add_column(out, field,
                                     std::vector<std::uint64_t>(field == odd ? length : 2, value));
                        }
                      }));
  };
  EXPECT_EQ(error_of(events(0, 0)), "");
  for (const std::size_t length : {1U, 3U}) {
    for (protozero::pbf_tag_type odd = 1; odd <= 13; ++odd)
      EXPECT_THAT(error_of(tasks(odd, length)), HasSubstr("unequal length")) << odd;
    for (protozero::pbf_tag_type odd = 2; odd <= 11; ++odd)
      EXPECT_THAT(error_of(events(odd, length)), HasSubstr("unequal length")) << odd;
  }
}

TEST(codec_robustness, ids_cut_short_are_refused) {
  EXPECT_EQ(error_of(frame_with(16, "\x02")), "");
  EXPECT_NE(error_of(frame_with(16, "\x02\xFF")), "");
}

TEST(codec_robustness, a_column_that_comes_twice_is_refused) {
  EXPECT_THAT(error_of(frame_with(11, body_of([](auto& out) {
                                    add_column(out, 1, {1});
                                    add_column(out, 1, {1});
                                  }))),
              HasSubstr("twice"));
}

TEST(codec_robustness, an_event_of_a_shape_that_is_not_in_the_table_is_refused) {
  EXPECT_THAT(error_of(frame_with(13, body_of([](auto& out) {
                                    for (protozero::pbf_tag_type field = 2; field <= 5; ++field) {
                                      add_column(out, field, {0});
                                    }
                                    add_column(out, 6, {1});
                                    add_column(out, 7, {0});
                                  }))),
              HasSubstr("unknown shape"));
}

TEST(codec_robustness, bad_histograms_are_refused) {
  const auto loop_with = [](std::vector<std::uint64_t> index, std::vector<std::uint64_t> count) {
    return frame_with(8, body_of([&](auto& out) {
                        out.add_message(12, body_of([&](auto& inner) {
                                          add_column(inner, 1, index);
                                          add_column(inner, 2, count);
                                        }));
                      }));
  };
  EXPECT_EQ(error_of(loop_with({0, 121}, {1, 1})), "");
  EXPECT_THAT(error_of(loop_with({122}, {1})), HasSubstr("bucket"));
  EXPECT_THAT(error_of(loop_with({~std::uint64_t{0}}, {1})), HasSubstr("bucket"));
  EXPECT_THAT(error_of(loop_with({5, 5}, {1, 1})), HasSubstr("bucket"));
  EXPECT_THAT(error_of(loop_with({5, 4}, {1, 1})), HasSubstr("bucket"));
  EXPECT_THAT(error_of(loop_with({5, 6}, {1})), HasSubstr("unequal length"));
  EXPECT_THAT(error_of(loop_with({5}, {1, 1})), HasSubstr("unequal length"));
}

TEST(codec_robustness, little_that_unfolds_to_much_is_refused) {
  // An empty SiteStatistics takes two bytes and unfolds to two kilobytes.
  const std::string empties = body_of([](auto& out) {
    for (int i = 0; i < 500'000; ++i)
      out.add_message(9, std::string{});
  });
  EXPECT_THAT(error_of(stream_of(frame_kind, empties)), HasSubstr("memory"));
  const std::string shapes =
      frame_with(13, body_of([](auto& out) {
                   for (protozero::pbf_tag_type field = 2; field <= 5; ++field) {
                     out.add_bytes(field, std::string(2'000'000, '\0'));
                   }
                 }));
  EXPECT_THAT(error_of(shapes), HasSubstr("memory"));
}

TEST(codec_robustness, what_was_taken_is_let_go) {
  // 64 MiB through one decoder, whose buffer may not grow with them: found out by time, it would be
  // quadratic, and by the sanitizers' memory limit.
  std::string bytes;
  for (int i = 0; i < 64; ++i)
    encode(goodbye{std::string(1'000, 'x')}, bytes);
  decoder reader;
  std::size_t messages = 0;
  for (int round = 0; round < 1'000; ++round) {
    reader.feed(bytes);
    while (reader.next())
      ++messages;
  }
  EXPECT_EQ(messages, 64'000U);
  EXPECT_EQ(reader.error(), "");
}

}  // namespace
}  // namespace asioscope::schema
