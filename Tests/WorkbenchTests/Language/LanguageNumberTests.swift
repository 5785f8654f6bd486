import Testing

@testable import Workbench

@Suite struct LanguageNumberTests {
  @Test(
    arguments: [
      ("50", nil, 50.0, 50), ("50", .thousand, 50_000, 50_000), ("0.5", .percent, 0.005, nil),
      ("30", .minutes, 1800, 1800), ("1.5", .hours, 5400, 5400), ("20", .milliseconds, 0.02, nil),
      ("2e-3", nil, 0.002, nil), ("2e3", nil, 2000, 2000), ("2.5", .thousand, 2500, 2500),
      ("64", .kilobytes, 64_000, 64_000), ("2", .gigabytes, 2e9, 2_000_000_000),
      ("100", .percent, 1, nil), ("1e-3", .thousand, 1, 1), ("0.1", nil, 0.1, nil),
      ("9007199254740993", nil, 9_007_199_254_740_993.0, 9_007_199_254_740_993),
      ("92233720368547758", .thousand, 92_233_720_368_547_758_000.0, nil),
    ] as [(String, Number.Unit?, Double, Int?)])
  func meansWhatItsUnitSays(
    digits: String, unit: Number.Unit?, value: Double, whole: Int?
  ) throws {
    let number = try #require(Number(digits: digits, unit: unit))
    #expect(number.value == value)
    #expect(number.whole == whole)
    #expect(number.text == digits + (unit?.rawValue ?? ""))
  }

  @Test func roundsOnceWhateverTheUnit() throws {
    // 1.1 / 100 is 0.011000000000000001: the point moves before rounding.
    for digits in ["1.1", "0.7", "12.35", "33.3", "5e-1"] {
      let percent = try #require(Number(digits: digits, unit: .percent))
      #expect(percent.value == Double(digits.contains("e") ? "5e-3" : digits + "e-2"))
    }
  }

  @Test(arguments: ["", "x", "0x10", "-1", "inf", "1e999", "1_000", "."])
  func refusesWhatIsNoNumber(digits: String) {
    #expect(Number(digits: digits) == nil)
  }
}
