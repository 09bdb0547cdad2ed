import Testing

@testable import Distributions

@Suite struct SamplingTests {
    func sample(_ count: Int, of total: Int, seed: UInt64) -> [Int] {
        var sampling = SelectionSampling(count, of: total, seed: seed)
        return (0..<total).filter { _ in sampling.takesNext() }
    }

    @Test("a sample has exactly as many elements as asked for", arguments: [0, 1, 7, 99, 100, 101])
    func size(count: Int) {
        for seed in 0..<100 {
            #expect(sample(count, of: 100, seed: UInt64(seed)).count == min(count, 100))
        }
    }

    @Test("a seed repeats its sample, in every version")
    func repeatable() {
        // From an implementation of both algorithms in Python.
        #expect(sample(5, of: 100, seed: 42) == [21, 48, 63, 93, 99])
    }

    @Test("the generator is SplitMix64")
    func splitMix64() {
        // From the reference implementation, https://prng.di.unimi.it/splitmix64.c, seed 1234567.
        var generator = SplitMix64(seed: 1_234_567)
        #expect(
            (0..<5).map { _ in generator.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }

    @Test("elements and pairs are drawn uniformly, by a chi-squared test over 20,000 seeds")
    func uniform() {
        let (seeds, total, count) = (20_000, 20, 5)
        var single = [Int](repeating: 0, count: total)
        var pairs = [Int](repeating: 0, count: total * total)
        for seed in 0..<seeds {
            let drawn = sample(count, of: total, seed: UInt64(seed))
            for first in drawn {
                single[first] += 1
                for second in drawn where second > first { pairs[first * total + second] += 1 }
            }
        }
        func statistic(_ counts: [Int], _ expected: Double) -> Double {
            counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
        }
        let expectedSingle = Double(seeds * count) / Double(total)
        let expectedPair = Double(seeds) * Double(count * (count - 1)) / Double(total * (total - 1))
        let drawnPairs = (0..<total).flatMap { first in (first + 1..<total).map { pairs[first * total + $0] } }
        // Without replacement the counts are negatively correlated: the statistic of single elements has the
        // distribution of chi-squared with 19 degrees times (1 - 5/20) * 20/19. Critical values at 0.001.
        #expect(statistic(single, expectedSingle) < 43.82 * 0.75 * 20 / 19)
        // Pairs are correlated too: 60 simulations of this experiment with Python's generator had a mean of 177 and a
        // standard deviation of 18.5. The bound is four of them above.
        #expect(statistic(drawnPairs, expectedPair) < 251)
    }

    @Test(
        "sample sizes are read",
        arguments: [
            ("250", 1000, 250), ("5%", 1000, 50), ("2.5%", 1000, 25), ("100%", 7, 7), ("0.0001%", 1_000_000, 1),
            ("50%", 5, 3), ("2000", 1000, 1000),
        ])
    func sizes(text: String, total: Int, count: Int) throws {
        #expect(try SampleSize(text).count(of: total) == count)
        #expect(try SampleSize(text).description == text)
    }

    @Test(
        "other sizes are refused", arguments: ["", "0", "-1", "0%", "101%", "5.%", "%", "x", "1e3", "5 %", "+5", ".5%"])
    func refused(text: String) {
        #expect(throws: DistributionsError.self) { try SampleSize(text) }
    }
}
