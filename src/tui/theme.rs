//! Colours by meaning, in four themes, and the glyphs, in two sets.
//!
//! Every state is a word and a glyph before it is a colour: with [`ThemeName::None`] nothing is lost. Which state
//! something is in is not decided here.

use ratatui::style::{Color, Modifier, Style};

/// The themes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThemeName {
    /// Light letters on a dark ground.
    #[default]
    Dark,
    /// Dark letters on a light ground.
    Light,
    /// The strongest contrast the terminal has.
    HighContrast,
    /// No colour at all (`NO_COLOR`, `--no-color`): bold, underline and reverse only.
    None,
}

impl ThemeName {
    /// The one the `t` key goes to.
    pub const fn next(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::HighContrast,
            Self::HighContrast => Self::None,
            Self::None => Self::Dark,
        }
    }

    /// The theme with this name in wizard.toml or on the command line; `auto` is not one.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "dark" => Some(Self::Dark),
            "light" => Some(Self::Light),
            "high-contrast" => Some(Self::HighContrast),
            "none" => Some(Self::None),
            _ => None,
        }
    }

    /// The id of its name.
    pub const fn text_id(self) -> &'static str {
        match self {
            Self::Dark => "screen.theme.dark",
            Self::Light => "screen.theme.light",
            Self::HighContrast => "screen.theme.high-contrast",
            Self::None => "screen.theme.none",
        }
    }
}

/// Styles by meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Which theme this is.
    pub name: ThemeName,
    /// The ground and ordinary letters.
    pub text: Style,
    /// Less important letters.
    pub dim: Style,
    /// Headlines.
    pub title: Style,
    /// Links to act on, the product's own colour.
    pub accent: Style,
    /// Frames.
    pub border: Style,
    /// The frame of the pane that has the keys.
    pub border_focus: Style,
    /// The header line.
    pub bar: Style,
    /// Keys in the hint bar.
    pub key: Style,
    /// All is well.
    pub good: Style,
    /// Worth knowing.
    pub warn: Style,
    /// Wrong.
    pub bad: Style,
    /// Not known.
    pub unknown: Style,
    /// The chosen line.
    pub selected: Style,
    /// An input field.
    pub field: Style,
    /// A command to be typed elsewhere.
    pub code: Style,
}

impl Theme {
    /// The styles of this theme.
    pub fn new(name: ThemeName) -> Self {
        match name {
            ThemeName::Dark => Self::coloured(
                name,
                Palette {
                    ground: 234,
                    raised: 237,
                    text: 253,
                    dim: 247,
                    frame: 243,
                    strong: 231,
                    accent: 117,
                    good: 114,
                    warn: 221,
                    bad: 210,
                },
            ),
            ThemeName::Light => Self::coloured(
                name,
                Palette {
                    ground: 231,
                    raised: 254,
                    text: 235,
                    dim: 240,
                    frame: 245,
                    strong: 16,
                    accent: 25,
                    good: 22,
                    warn: 94,
                    bad: 124,
                },
            ),
            ThemeName::HighContrast => Self::coloured(
                name,
                Palette {
                    ground: 16,
                    raised: 19,
                    text: 231,
                    dim: 231,
                    frame: 231,
                    strong: 231,
                    accent: 51,
                    good: 46,
                    warn: 226,
                    bad: 217,
                },
            ),
            ThemeName::None => Self::colourless(),
        }
    }

    fn coloured(name: ThemeName, palette: Palette) -> Self {
        let on = |ink: u8| {
            Style::new()
                .fg(Color::Indexed(ink))
                .bg(Color::Indexed(palette.ground))
        };
        let raised = |ink: u8| {
            Style::new()
                .fg(Color::Indexed(ink))
                .bg(Color::Indexed(palette.raised))
        };
        Self {
            name,
            text: on(palette.text),
            dim: on(palette.dim),
            title: on(palette.strong).add_modifier(Modifier::BOLD),
            accent: on(palette.accent),
            border: on(palette.frame),
            border_focus: on(palette.accent),
            bar: raised(palette.text),
            key: raised(palette.accent).add_modifier(Modifier::BOLD),
            good: on(palette.good),
            warn: on(palette.warn),
            bad: on(palette.bad),
            unknown: on(palette.dim),
            selected: raised(palette.strong).add_modifier(Modifier::BOLD),
            field: raised(palette.strong),
            code: raised(palette.text),
        }
    }

    fn colourless() -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        Self {
            name: ThemeName::None,
            text: plain,
            dim: plain,
            title: bold,
            accent: bold,
            border: plain,
            border_focus: bold,
            bar: plain.add_modifier(Modifier::REVERSED),
            key: plain.add_modifier(Modifier::REVERSED | Modifier::BOLD),
            good: plain,
            warn: bold,
            bad: bold,
            unknown: plain,
            selected: plain.add_modifier(Modifier::REVERSED),
            field: plain.add_modifier(Modifier::UNDERLINED),
            code: plain,
        }
    }
}

/// Numbers of the 256-colour palette.
struct Palette {
    ground: u8,
    raised: u8,
    text: u8,
    dim: u8,
    frame: u8,
    strong: u8,
    accent: u8,
    good: u8,
    warn: u8,
    bad: u8,
}

/// Signs drawn before words. All of them are one cell wide, also where ambiguous characters are two (East Asian Width
/// N or Na); the frames are the exception that the ASCII set is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// True for the ASCII set.
    pub ascii: bool,
    /// All is well.
    pub pass: &'static str,
    /// Wrong.
    pub fail: &'static str,
    /// Worth knowing.
    pub warn: &'static str,
    /// Not known.
    pub unknown: &'static str,
    /// Not run.
    pub skipped: &'static str,
    /// The chosen line, and the pane that has the keys.
    pub pointer: &'static str,
    /// Text goes on.
    pub more: &'static str,
    /// A filled part of a bar.
    pub full: &'static str,
    /// An empty part of a bar.
    pub empty: &'static str,
    /// The last branch of a tree.
    pub branch: &'static str,
    /// Frames of the busy sign.
    pub busy: &'static [&'static str],
    /// The arrow keys.
    pub arrows: &'static str,
}

impl Glyphs {
    /// For terminals whose locale is UTF-8.
    pub const UNICODE: Self = Self {
        ascii: false,
        pass: "✔",
        fail: "✖",
        warn: "!",
        unknown: "?",
        skipped: "-",
        pointer: "›",
        more: "..",
        full: "▰",
        empty: "▱",
        branch: "└─",
        busy: &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
        arrows: "↑↓",
    };

    /// For all others.
    pub const ASCII: Self = Self {
        ascii: true,
        pass: "+",
        fail: "x",
        warn: "!",
        unknown: "?",
        skipped: "-",
        pointer: ">",
        more: "..",
        full: "#",
        empty: ".",
        branch: "`-",
        busy: &["|", "/", "-", "\\"],
        arrows: "Up/Down",
    };

    /// None at all: plain mode says everything in words.
    pub const WORDS: Self = Self {
        ascii: true,
        pass: "",
        fail: "",
        warn: "",
        unknown: "",
        skipped: "",
        pointer: "",
        more: "",
        full: "",
        empty: "",
        branch: "",
        busy: &[""],
        arrows: "",
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::buffer::CellWidth;

    /// Red, green and blue of the standard xterm palette, 0 to 255.
    fn rgb(index: u8) -> [u8; 3] {
        match index {
            0..=15 => panic!("the first sixteen colours are the user's own: do not count on them"),
            16..=231 => {
                let step = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
                let n = index - 16;
                [step(n / 36), step(n / 6 % 6), step(n % 6)]
            }
            232..=255 => [8 + 10 * (index - 232); 3],
        }
    }

    /// Relative luminance as WCAG 2 defines it.
    fn luminance(index: u8) -> f64 {
        let [r, g, b] = rgb(index).map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.03928 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    fn contrast(style: Style) -> f64 {
        let (Some(Color::Indexed(ink)), Some(Color::Indexed(ground))) = (style.fg, style.bg) else {
            panic!("a coloured theme names both ink and ground: {style:?}");
        };
        let (a, b) = (luminance(ink), luminance(ground));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn all_letters_stand_out_from_their_ground() {
        for (name, least) in [
            (ThemeName::Dark, 4.5),
            (ThemeName::Light, 4.5),
            (ThemeName::HighContrast, 7.0),
        ] {
            let t = Theme::new(name);
            for style in [
                t.text, t.dim, t.title, t.accent, t.bar, t.key, t.good, t.warn, t.bad, t.unknown,
                t.selected, t.field, t.code,
            ] {
                assert!(
                    contrast(style) >= least,
                    "{name:?} {style:?}: {}",
                    contrast(style)
                );
            }
        }
    }

    #[test]
    fn frames_stand_out_from_their_ground() {
        // WCAG 2, 1.4.11: what is no text, but needed to make out what belongs together.
        for name in [ThemeName::Dark, ThemeName::Light, ThemeName::HighContrast] {
            let t = Theme::new(name);
            for style in [t.border, t.border_focus] {
                assert!(contrast(style) >= 3.0, "{name:?} {}", contrast(style));
            }
        }
    }

    #[test]
    fn without_colour_no_style_names_a_colour() {
        let t = Theme::new(ThemeName::None);
        for style in [
            t.text,
            t.dim,
            t.title,
            t.accent,
            t.border,
            t.border_focus,
            t.bar,
            t.key,
            t.good,
            t.warn,
            t.bad,
            t.unknown,
            t.selected,
            t.field,
            t.code,
        ] {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }

    #[test]
    fn glyphs_of_fixed_columns_are_one_cell_wide_and_never_ambiguous() {
        for glyphs in [Glyphs::UNICODE, Glyphs::ASCII] {
            let mut all = vec![
                glyphs.pass,
                glyphs.fail,
                glyphs.warn,
                glyphs.unknown,
                glyphs.skipped,
                glyphs.pointer,
                glyphs.full,
                glyphs.empty,
            ];
            all.extend(glyphs.busy);
            for glyph in all {
                assert_eq!(glyph.cell_width(), 1, "{glyph}");
                assert_eq!(
                    unicode_width::UnicodeWidthStr::width_cjk(glyph),
                    1,
                    "{glyph} is ambiguous"
                );
            }
        }
    }

    #[test]
    fn every_theme_is_reached_by_the_key() {
        let mut seen = vec![ThemeName::Dark];
        while seen.len() < 4 {
            let next = seen[seen.len() - 1].next();
            assert!(!seen.contains(&next));
            seen.push(next);
        }
        assert_eq!(seen[3].next(), ThemeName::Dark);
    }
}
