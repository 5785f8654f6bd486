import Testing

@testable import Workbench

@Suite struct OutputNumberTests {
  @Test(arguments: [
    (0.0, "0"), (0.041, "0.041"), (0.04116, "0.04116"), (0.041164, "0.04116"), (12.5, "12.5"),
    (0.0021, "0.0021"), (0.00021, "2.1e-4"), (407_050, "407 050"), (1024, "1024"),
    (12_345.6, "12 346"), (-99_999.96, "-100 000"), (1e12, "1e12"), (-0.5, "-0.5"),
    (.nan, "nan"), (-.infinity, "-inf"),
  ])
  func realsHaveFourSignificantDigits(value: Double, text: String) {
    #expect(NumberText.real(value) == text)
  }

  @Test(arguments: [
    (0, "0"), (9_999, "9999"), (10_000, "10 000"), (-60_000, "-60 000"), (1_234_567, "1 234 567"),
    (Int.min, "-9 223 372 036 854 775 808"),
  ])
  func longWholeNumbersAreGrouped(value: Int, text: String) {
    #expect(NumberText.grouped(value) == text)
  }

  @Test(arguments: [
    (0.062, "6.2%", "6.2 points"), (0.889, "88.9%", "88.9 points"),
    (0.0002, "0.02%", "0.02 points"),
    (1, "100%", "100 points"), (0, "0%", "0 points"), (-0.0113, "-1.13%", "-1.13 points"),
    (0.000_012, "0.0012%", "0.0012 points"),
  ])
  func sharesAreNeverBothPercentAndPoints(share: Double, percent: String, points: String) {
    #expect(NumberText.percent(share) == percent)
    #expect(NumberText.points(share) == points)
  }

  @Test(arguments: [
    (0, "0 s"), (0.000_05, "0.05 ms"), (0.0123, "12 ms"), (0.3, "0.3 s"), (34.1, "34.1 s"),
    (134, "2 min 14 s"), (99.96, "1 min 40 s"), (3599.6, "1 h 00 min"), (3900, "1 h 05 min"),
  ])
  func durationsReadAsPeopleSayThem(seconds: Double, text: String) {
    #expect(NumberText.duration(seconds) == text)
  }

  @Test(arguments: [
    (0, "0:00"), (21.9, "0:21"), (3723, "1:02:03"), (.nan, "-:--"), (-1, "-:--"),
  ])
  func clocksCountDown(seconds: Double, text: String) {
    #expect(NumberText.clock(seconds) == text)
  }

  @Test(arguments: [
    (512, "512 bytes"), (1_000, "1 KB"), (1_634_000, "1.63 MB"), (999_999, "1 MB"),
    (2_500_000_000, "2.5 GB"),
  ])
  func amountsOfMemoryHaveUnits(count: Double, text: String) {
    #expect(NumberText.bytes(count) == text)
  }

  @Test(arguments: [
    (512, "512"), (31_000, "31.0k"), (50_000, "50.0k"), (999_900, "1000k"), (999_960, "1.0M"),
    (1_250_000, "1.2M"),
  ])
  func countsOfTheProgressLineAreShort(count: Int, text: String) {
    #expect(NumberText.short(count) == text)
  }

  @Test(arguments: [0.1, 1.0 / 3, .leastNonzeroMagnitude, 1.797e308, 123_456_789.125, -0.0])
  func exactNumbersReadBackTheSame(value: Double) throws {
    #expect(try #require(Double(NumberText.exact(value))) == value)
  }
}
