// Words at the points of a picture.
extension SVGPlot {
  /// The words at points, each where it covers no other words and no point that has some; crowded
  /// where no place for one of them is free.
  func placedWords(of picture: Picture, _ frame: Frame) -> (parts: [String], isCrowded: Bool) {
    let shown = picture.annotations.filter { picture.canShow($0.point) }
    let marked = picture.series.filter { $0.style == .points || $0.style == .frontier }
      .flatMap { $0.points.filter(picture.canShow) }
    var taken = (shown.map(\.point) + marked).map { point -> Box in
      let (x, y) = (frame.x(point.x), frame.y(point.y))
      return Box(left: x - 5, top: y - 5, right: x + 5, bottom: y + 5)
    }
    taken += picture.rules.map { rule in
      let y = frame.y(rule.y)
      let length = Self.textWidth(rule.label)
      return Box(left: frame.right - 4 - length, top: y - 16, right: frame.right - 4, bottom: y - 2)
    }
    var parts: [String] = []
    var isCrowded = false
    for annotation in shown {
      let (x, y) = (frame.x(annotation.point.x), frame.y(annotation.point.y))
      let length = Self.textWidth(annotation.text)
      let places: [(x: Double, y: Double, anchor: String)] = [
        (x + 9, y - 9, "start"), (x - 9, y - 9, "end"), (x + 9, y + 17, "start"),
        (x - 9, y + 17, "end"), (x + 11, y + 4, "start"), (x - 11, y + 4, "end"),
        (x, y - 24, "middle"), (x, y + 32, "middle"),
      ]
      let boxes = places.map { place in
        let left =
          place.anchor == "start"
          ? place.x : place.anchor == "end" ? place.x - length : place.x - length / 2
        return Box(left: left, top: place.y - 11, right: left + length, bottom: place.y + 3)
      }
      func cost(_ box: Box) -> Double {
        let outside =
          max(frame.left - box.left, 0) + max(box.right - frame.right, 0)
          + max(frame.top - box.top, 0) + max(box.bottom - frame.bottom, 0)
        return taken.reduce(outside * 100) { $0 + $1.overlap(with: box) }
      }
      // The first of the best: the order of `places` is the order of preference.
      let best = boxes.indices.min { cost(boxes[$0]) < cost(boxes[$1]) } ?? 0
      if !annotation.isRinged, cost(boxes[best]) > 0 { isCrowded = true }
      taken.append(boxes[best])
      if annotation.isRinged {
        parts.append(
          "<circle cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"5.5\" fill=\"none\""
            + " stroke=\"#333333\" stroke-width=\"1.4\"/>")
      }
      parts.append(
        text(
          annotation.text, x: places[best].x, y: places[best].y, size: Self.fontSize - 1,
          anchor: places[best].anchor, hasHalo: true))
    }
    return (parts, isCrowded)
  }

  /// A place that words or marks take.
  private struct Box {
    let left: Double
    let top: Double
    let right: Double
    let bottom: Double

    /// The area that both take.
    func overlap(with other: Box) -> Double {
      max(min(right, other.right) - max(left, other.left), 0)
        * max(min(bottom, other.bottom) - max(top, other.top), 0)
    }
  }
}
