// Groups of lines: what is typed, then every error as it is shown.

extension LanguageCases {
  /// Characters, brackets, numbers, strings and reserved words.
  static let characters = #"""
    > x = (1 + 2
    error[E0102]: `(` is never closed
      | x = (1 + 2
      |     ^

    > x = [1, 2)
    error[E0102]: `[` is never closed
      | x = [1, 2)
      |     ^ still open at `)`

    > x = 5m
    error[E0104]: there is no unit `m`
      | x = 5m
      |      ^ units: `M` `ms` `min` `MB`

    > x = 5gb + 3parsec
    error[E0104]: there is no unit `gb`
      | x = 5gb + 3parsec
      |      ^^ did you mean `GB`?

    > x = 1e999
    error[E0104]: `1e999` is too large a number
      | x = 1e999
      |     ^^^^^

    > x = "abc
    error[E0102]: this quote is never closed
      | x = "abc
      |     ^ a string may run over several lines

    > x = "a \q b"
    error[E0105]: there is no escape `\q`
      | x = "a \q b"
      |        ^^ escapes: \" \\ \{ \} \n \r \t; in '…' nothing is escaped

    > x = “abc”
    error[E0101]: `“` has no meaning here
      | x = “abc”
      |     ^ type `"`

    > x = a − b
    error[E0101]: `−` has no meaning here
      | x = a − b
      |       ^ type `-`

    > x = a | b
    error[E0101]: `|` has no meaning here
      | x = a | b
      |       ^ stages are joined by `|>`, conditions by `or`

    > x = naïve
    error[E0101]: `ï` has no meaning here
      | x = naïve
      |       ^ names are made of the letters a to z, digits and `_`

    > for = 3
    error[E0204]: `for` is a word of the language and cannot be a name
      | for = 3
      | ^^^

    > a, yes = compare p q
    error[E0204]: `yes` is a word of the language and cannot be a name
      | a, yes = compare p q
      |    ^^^

    > _1 = 3
    error[E0204]: `_1` cannot be a name
      | _1 = 3
      | ^^ names begin with a letter; `_` and `_7` stand for past results

    > _x = 3
    error[E0204]: `_x` cannot be a name
      | _x = 3
      | ^^ names begin with a letter; `_` and `_7` stand for past results

    > for in xs { }
    error[E0204]: `in` is a word of the language and cannot be a name
      | for in xs { }
      |     ^^

    > for x in xs { param y = 3 }
    error[E0107]: `param` stands outside blocks only
      | for x in xs { param y = 3 }
      |               ^^^^^ a script's parameters are known before it runs

    > x[
    error[E0102]: `[` is never closed
      | x[
      |  ^

    > load (f
    error[E0102]: `(` is never closed
      | load (f
      |      ^

    > x = (a]
    error[E0102]: `(` is never closed
      | x = (a]
      |     ^ still open at `]`

    > x = 3 % 2
    error[E0101]: `%` has no meaning here
      | x = 3 % 2
      |       ^ `%` stands right after a number, as in `5%`

    > x = \
    >   3
    error[E0101]: `\` has no meaning here
      | x = \
      |     ^ a line goes on after an operator, a comma or an open bracket

    > expect (x
    error[E0102]: `(` is never closed
      | expect (x
      |        ^

    > x = 5sec
    error[E0104]: there is no unit `sec`
      | x = 5sec
      |      ^^^ did you mean `s`?
    """#

  /// Several errors in one text: reading goes on at the next statement.
  static let recovery = #"""
    > x = (1 + 2
    > y = 3 +
    > barrier a b data=
    error[E0102]: `(` is never closed
      | x = (1 + 2
      |     ^ still open at `y` in line 2
    error[E0103]: expected an operator or the end of the statement, got `a`
      | barrier a b data=
      |         ^ a call inside an expression stands in parentheses

    > x = 'abc
    > y = )
    error[E0102]: this quote is never closed
      | x = 'abc
      |     ^ a string may run over several lines
    error[E0103]: expected a value, got `)`
      | y = )
      |     ^

    > for x of xs {
    >   y = )
    >   z = ]
    > }
    > w = }
    error[E0103]: expected `in`, got `of`
      | for x of xs {
      |       ^^
    error[E0103]: expected a value, got `)`
      |   y = )
      |       ^
    error[E0103]: expected a value, got `]`
      |   z = ]
      |       ^
    error[E0103]: expected a value, got `}`
      | w = }
      |     ^

    > x = 1 ; y = ) ; z = 2 ; w = (
    error[E0103]: expected a value, got `)`
      | x = 1 ; y = ) ; z = 2 ; w = (
      |             ^
    error[E0102]: `(` is never closed
      | x = 1 ; y = ) ; z = 2 ; w = (
      |                             ^

    > x = [
    >   1 2,
    >   3,
    >   4
    > ]
    > y = )
    error[E0103]: expected `,` or `]`, got `2`
      |   1 2,
      |     ^
    error[E0103]: expected a value, got `)`
      | y = )
      |     ^

    > x = (
    >   barrier a b points=,
    >   3
    > z = ]
    error[E0103]: expected a value, got `,`
      |   barrier a b points=,
      |                      ^
    error[E0103]: expected a value, got `]`
      | z = ]
      |     ^

    > { x
    >   y = ) }
    error[E0103]: a block stands here on its own
      | { x
      | ^ a block follows `for`, `expect fails` or `sweep`
    error[E0103]: expected a value, got `)`
      |   y = ) }
      |       ^

    > ) ) )
    > x = [[[
    > )))
    > y = ]
    error[E0103]: expected a value, got `)`
      | ) ) )
      | ^
    error[E0102]: `[` is never closed
      | x = [[[
      |       ^ still open at `)` in line 3
    error[E0103]: expected a value, got `]`
      | y = ]
      |     ^

    > x = "a {b + } c" + 1; y = )
    error[E0103]: expected a value, got `}`
      | x = "a {b + } c" + 1; y = )
      |             ^
    error[E0103]: expected a value, got `)`
      | x = "a {b + } c" + 1; y = )
      |                           ^

    > x = "a
    > {b + } c"; y = )
    error[E0103]: expected a value, got `}`
      | {b + } c"; y = )
      |      ^
    error[E0103]: expected a value, got `)`
      | {b + } c"; y = )
      |                ^
    """#
}
