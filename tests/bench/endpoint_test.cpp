// The measurement of a real endpoint, against the benchmark's own venue.
#include "endpoint/endpoint.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "unit/temp_dir.hpp"
#include "venue.hpp"

namespace ks::bench {
namespace {

// A venue that a thread serves until the end of the test.
struct Served {
    TempDir folder;
    std::unique_ptr<Venue> venue;
    std::jthread thread;
    Served() {
        VenueTerms terms;
        terms.folder = folder.path().string();
        terms.answer = [](std::string_view, std::string_view) { return std::string("{}"); };
        venue = std::move(*Venue::open(std::move(terms)));
        thread = std::jthread([this](const std::stop_token& stop) {
            while (!stop.stop_requested()) venue->poll();
        });
    }
    EndpointSetup setup() const {
        return {"127.0.0.1:" + std::to_string(venue->port()), "localhost", "bench",
                venue->ca_file(), 3};
    }
};

TEST(Endpoint, MeasuresTheHarmlessRequestAndNothingElse) {
    Served served;
    Results results;
    const Result<void> measured = measure_endpoint(served.setup(), results);
    ASSERT_TRUE(measured) << measured.error().sentence;
    served.thread = {};
    for (const VenueRequest& request : served.venue->take_requests())
        EXPECT_EQ(request.path(), "/v3/ping");
    ASSERT_EQ(results.figures.size(), 5u);
    for (const Figure& figure : results.figures)
        EXPECT_EQ(percentiles(figure.repetitions_ns).count, 3u) << figure.name;
}

TEST(Endpoint, RefusesAnotherNameAndAnotherAuthority) {
    Served served;
    Results results;
    EndpointSetup setup = served.setup();
    setup.name = "elsewhere.example";
    EXPECT_FALSE(measure_endpoint(setup, results));
    setup = served.setup();
    setup.ca_file = ""; // the system's bundle does not know it
    EXPECT_FALSE(measure_endpoint(setup, results));
    EXPECT_TRUE(results.figures.empty());
}

TEST(Endpoint, AsksForARecipeThatIsThere) {
    Results results;
    EXPECT_FALSE(measure_endpoint({"127.0.0.1:1", "", "no-such-venue", "", 1}, results));
}

} // namespace
} // namespace ks::bench
