//! README shows the program's own screens: the same text that the screen tests draw and compare. With
//! `VPNMEDIC_BLESS=1` the pictures are written into README anew.

use std::fs;

#[test]
fn the_pictures_in_readme_are_the_programs_own_screens() {
    let mut readme = fs::read_to_string("README.md").expect("README.md");
    for (mark, screen) in [
        ("screen", "tests/screens/verdict.120x36.en.txt"),
        ("screen-ja", "tests/screens/verdict.80x24.ja.txt"),
    ] {
        let picture = fs::read_to_string(screen).expect(screen);
        let picture: Vec<&str> = picture.lines().map(str::trim_end).collect();
        let block = format!("\n```text\n{}\n```\n", picture.join("\n").trim_end());
        let (begin, end) = (
            format!("<!-- {mark}:begin -->"),
            format!("<!-- {mark}:end -->"),
        );
        let from = readme.find(&begin).expect("begin mark") + begin.len();
        let to = readme.find(&end).expect("end mark");
        if std::env::var_os("VPNMEDIC_BLESS").is_some() {
            readme.replace_range(from..to, &block);
            fs::write("README.md", &readme).expect("README.md can be written");
        } else {
            assert_eq!(&readme[from..to], block, "README's {mark} is not {screen}");
        }
    }
}
