/// What `row` fills while the lines of one cell of a sweep run.
final class SweepCell {
  /// The columns so far, in the order in which they were given.
  var columns: [Column] = []

  /// One column's value in a cell.
  struct Column: Sendable {
    var name: String
    var content: Content
    /// Whether it was made from something that the clock stopped.
    var dependsOnTheClock = false
  }
}
