import Glibc

extension Duration {
  /// How long work goes on before its state is kept again: 5 s, or what `BASIN_CHECKPOINT_SECONDS`
  /// says, such as more where the disk is slow.
  public static let betweenCheckpoints: Duration = {
    let asked = getenv("BASIN_CHECKPOINT_SECONDS").flatMap { Double(String(cString: $0)) }
    // 0.01 s is as fast as states can be written; a day is as good as never.
    return .seconds(asked.map { $0.isNaN ? 5 : min(max($0, 0.01), 86_400) } ?? 5)
  }()
}
