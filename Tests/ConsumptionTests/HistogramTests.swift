import Consumption
import Testing

@Suite struct HistogramTests {
    @Test("a value counts in the first bucket whose bound it does not exceed")
    func buckets() {
        var histogram = Histogram(bounds: [1, 2, 4])
        for value in [0, 1, 1.5, 2, 3, 4, 5, 100] { histogram.add(value) }
        #expect(histogram.counts == [2, 2, 2, 2])
        #expect(histogram.sum == 116.5 && histogram.count == 8)
        histogram.add(histogram)
        #expect(histogram.counts == [4, 4, 4, 4])
    }
}
