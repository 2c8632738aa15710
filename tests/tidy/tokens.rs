//! A Rust file as words, signs and texts, comments left out: as much of the language as these tests need to know.
//!
//! By hand: a parser would be built a second time for these tests alone, and with it every derive macro anew.

use std::iter::Peekable;
use std::str::CharIndices;

/// A word, a sign, a text, or anything else that is written together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'a> {
    Word(&'a str),
    Sign(char),
    /// What stands within quotes.
    Text(&'a str),
    /// A number, a character, or the name of a lifetime.
    Other,
}

#[derive(Debug, Clone, Copy)]
pub struct Token<'a> {
    pub kind: Kind<'a>,
    /// The lines of its first and last character.
    pub lines: (usize, usize),
}

impl<'a> Token<'a> {
    pub fn is(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }

    pub fn word(&self) -> Option<&'a str> {
        match self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
    line: usize,
}

/// The tokens of a file that the compiler takes.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer { text, rest: text.char_indices().peekable(), line: 1 };
    let mut tokens = Vec::new();
    loop {
        let line = lexer.line;
        match lexer.next() {
            Some(Some(kind)) => tokens.push(Token { kind, lines: (line, lexer.line) }),
            Some(None) => {}
            None => return tokens,
        }
    }
}

impl<'a> Lexer<'a> {
    fn step(&mut self) -> Option<char> {
        let (_, c) = self.rest.next()?;
        self.line += usize::from(c == '\n');
        Some(c)
    }

    fn at(&mut self) -> usize {
        self.rest.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn ahead(&mut self) -> &'a str {
        &self.text[self.at()..]
    }

    fn skip_while(&mut self, of: impl Fn(char) -> bool) {
        while self.rest.peek().is_some_and(|(_, c)| of(*c)) {
            self.step();
        }
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.step();
        }
    }

    /// The next token; within it nothing for blanks and comments.
    fn next(&mut self) -> Option<Option<Kind<'a>>> {
        let ahead = self.ahead();
        let first = ahead.chars().next()?;
        Some(if first.is_whitespace() {
            self.skip_while(char::is_whitespace);
            None
        } else if ahead.starts_with("//") {
            self.skip_while(|c| c != '\n');
            None
        } else if ahead.starts_with("/*") {
            self.block_comment();
            None
        } else if let Some(hashes) = raw_text(ahead) {
            Some(self.raw(hashes))
        } else if first == '"' || ["b\"", "c\""].iter().any(|opens| ahead.starts_with(opens)) {
            self.skip_while(|c| c != '"');
            Some(Kind::Text(self.quoted('"')))
        } else if ahead.starts_with("b'") || first == '\'' && is_character(ahead) {
            self.skip_while(|c| c != '\'');
            self.quoted('\'');
            Some(Kind::Other)
        } else if first == '\'' || first.is_ascii_digit() {
            self.step();
            self.skip_while(is_of_word);
            Some(Kind::Other)
        } else if is_of_word(first) {
            self.skip(if ahead.starts_with("r#") { 2 } else { 0 });
            let from = self.at();
            self.skip_while(is_of_word);
            let to = self.at();
            Some(Kind::Word(&self.text[from..to]))
        } else {
            self.step().map(Kind::Sign)
        })
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        loop {
            let ahead = self.ahead();
            depth += usize::from(ahead.starts_with("/*"));
            if ahead.starts_with("*/") {
                depth -= 1;
            }
            self.skip(if ahead.starts_with("/*") || ahead.starts_with("*/") { 2 } else { 1 });
            if depth == 0 || ahead.is_empty() {
                return;
            }
        }
    }

    fn quoted(&mut self, quote: char) -> &'a str {
        self.step();
        let from = self.at();
        loop {
            let to = self.at();
            match self.step() {
                Some('\\') => self.skip(1),
                Some(c) if c != quote => {}
                _ => return &self.text[from..to],
            }
        }
    }

    fn raw(&mut self, hashes: usize) -> Kind<'a> {
        self.skip_while(|c| c != '"');
        self.step();
        let from = self.at();
        let closes = format!("\"{}", "#".repeat(hashes));
        let length = self.ahead().find(&closes).unwrap_or(self.text.len() - from);
        while self.at() < from + length {
            self.step();
        }
        self.skip(closes.len());
        Kind::Text(&self.text[from..from + length])
    }
}

pub fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// How many `#` a raw text opens with, if one stands here.
fn raw_text(ahead: &str) -> Option<usize> {
    let opened = ["r", "br", "cr"].iter().find_map(|prefix| ahead.strip_prefix(prefix))?;
    let quote = opened.find(|c| c != '#')?;
    opened[quote..].starts_with('"').then_some(quote)
}

/// Whether a `'` begins a character and no lifetime.
fn is_character(ahead: &str) -> bool {
    let mut next = ahead.chars().skip(1);
    next.next() == Some('\\') || next.next() == Some('\'')
}

#[test]
fn texts_comments_and_lifetimes_are_told_apart() {
    let text = "/* a /* b */ c */ fn f<'a>(x: &'a str) -> char { '\"' } // g
        r#\"h \" i\"# \"j\\\"k\" b'\\'' 1_0.5 r#type";
    let kinds: Vec<Kind> = tokens(text).iter().map(|token| token.kind).collect();
    let words = kinds.iter().filter_map(|kind| match kind {
        Kind::Word(word) | Kind::Text(word) => Some(*word),
        _ => None,
    });
    let expected = ["fn", "f", "x", "str", "char", "h \" i", "j\\\"k", "type"];
    assert_eq!(words.collect::<Vec<_>>(), expected, "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| **kind == Kind::Other).count(), 6);
}

#[test]
fn a_token_knows_its_lines() {
    let lines: Vec<_> = tokens("a\n\"b\nc\"\n// d\ne").iter().map(|token| token.lines).collect();
    assert_eq!(lines, [(1, 1), (2, 3), (5, 5)]);
}
