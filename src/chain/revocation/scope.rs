//! What a revocation list is for: its issuing distribution point (RFC 5280 section 5.2.5) against the certificate's own
//! distribution points (section 4.2.1.13).

use super::super::cert::{Cert, GeneralName};
use super::super::der::{self, NotDer, Reader, tag};
use super::super::dn::{self, Name};
use super::super::general::general_name;
use super::obstacle::{Obstacle, Scope};

/// An issuing distribution point. The default one covers everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scoped {
    /// The names of the point, where it names one.
    point: Option<Vec<GeneralName>>,
    only_end_entities: bool,
    only_authorities: bool,
    only_attributes: bool,
    /// It lists revocations for some reasons only.
    pub some_reasons: bool,
    /// It lists other CAs' certificates too.
    pub indirect: bool,
}

impl Scoped {
    /// Reads the extension's value; `issuer` is the list's issuer.
    pub(super) fn read(value: &[u8], issuer: &Name) -> Result<Self, NotDer> {
        let mut reader = Reader::single(value, tag::SEQUENCE)?;
        let point = reader
            .optional(tag::constructed(0))?
            .map(|element| point_names(element.content, issuer))
            .transpose()?;
        let mut flag = |number| {
            reader
                .optional(tag::context(number))?
                .map_or(Ok(false), |element| der::boolean(element.content))
        };
        let only_end_entities = flag(1)?;
        let only_authorities = flag(2)?;
        let some_reasons = reader.optional(tag::context(3))?.is_some();
        let mut flag = |number| {
            reader
                .optional(tag::context(number))?
                .map_or(Ok(false), |element| der::boolean(element.content))
        };
        let scoped = Self {
            point,
            only_end_entities,
            only_authorities,
            some_reasons,
            indirect: flag(4)?,
            only_attributes: flag(5)?,
        };
        reader.finish()?;
        Ok(scoped)
    }

    /// That the list is for this certificate (RFC 5280 section 6.3.3 (b) (2)).
    pub(super) fn covers(&self, cert: &Cert) -> Result<(), Obstacle> {
        let other = |scope| Err(Obstacle::OtherScope(scope));
        if self.only_attributes {
            return other(Scope::Attributes);
        }
        if self.only_end_entities && cert.is_ca {
            return other(Scope::EndEntities);
        }
        if self.only_authorities && !cert.is_ca {
            return other(Scope::Authorities);
        }
        let Some(point) = &self.point else {
            return Ok(());
        };
        // A certificate that names no point is looked up as if it named its issuer (RFC 5280 section 6.3.3, last step).
        let own = match distribution_points(cert) {
            Ok(Some(names)) => names,
            Ok(None) => vec![GeneralName::Directory(cert.issuer_name.clone())],
            Err(_) => Vec::new(),
        };
        if point.iter().any(|name| own.contains(name)) {
            Ok(())
        } else {
            other(Scope::Point)
        }
    }
}

/// All names of all distribution points of a certificate; none where it has no such extension.
fn distribution_points(cert: &Cert) -> Result<Option<Vec<GeneralName>>, NotDer> {
    let Some(value) = extension(cert, "2.5.29.31")? else {
        return Ok(None);
    };
    let mut points = Reader::single(value, tag::SEQUENCE)?;
    let mut names = Vec::new();
    while !points.is_empty() {
        let mut point = Reader::new(points.expect(tag::SEQUENCE)?.content);
        let named = point.optional(tag::constructed(0))?;
        point.optional(tag::context(1))?;
        let issuer = point.optional(tag::constructed(2))?;
        match (named, issuer) {
            (Some(named), _) => names.extend(point_names(named.content, &cert.issuer_name)?),
            (None, Some(issuer)) => names.extend(all_names(issuer.content)?),
            (None, None) => {}
        }
    }
    Ok(Some(names))
}

/// The value of one of a certificate's extensions.
fn extension<'c>(cert: &'c Cert, wanted: &str) -> Result<Option<&'c [u8]>, NotDer> {
    let mut tbs = Reader::single(cert.tbs(), tag::SEQUENCE)?;
    tbs.optional(tag::constructed(0))?;
    tbs.expect(tag::INTEGER)?;
    for _ in 0..5 {
        // Algorithm, issuer, validity, subject, key.
        tbs.expect(tag::SEQUENCE)?;
    }
    tbs.optional(tag::context(1))?;
    tbs.optional(tag::context(2))?;
    let Some(list) = tbs.optional(tag::constructed(3))? else {
        return Ok(None);
    };
    let mut list = Reader::single(list.content, tag::SEQUENCE)?;
    while !list.is_empty() {
        let extension = read_extension(list.next()?)?;
        if extension.oid == wanted {
            return Ok(Some(extension.value));
        }
    }
    Ok(None)
}

/// One extension of anything that has them.
pub(super) struct Extension<'a> {
    pub oid: String,
    pub critical: bool,
    pub value: &'a [u8],
}

/// `Extension` of RFC 5280 section 4.1.
pub(super) fn read_extension(element: der::Element<'_>) -> Result<Extension<'_>, NotDer> {
    if element.tag != tag::SEQUENCE {
        return Err(NotDer("has an extension that is not one"));
    }
    let mut reader = Reader::new(element.content);
    let oid = der::oid(reader.expect(tag::OID)?.content)?;
    let critical = reader
        .optional(tag::BOOLEAN)?
        .map_or(Ok(false), |element| der::boolean(element.content))?;
    let value = reader.expect(tag::OCTET_STRING)?.content;
    reader.finish()?;
    Ok(Extension {
        oid,
        critical,
        value,
    })
}

/// The names of a `DistributionPointName`; a relative one is made whole with `base`.
fn point_names(content: &[u8], base: &Name) -> Result<Vec<GeneralName>, NotDer> {
    let mut reader = Reader::new(content);
    let choice = reader.next()?;
    reader.finish()?;
    match choice.tag {
        0xa0 => all_names(choice.content),
        0xa1 => {
            let set = wrap(tag::SET, choice.content)?;
            let more = dn::read(&wrap(tag::SEQUENCE, &set)?)?.name;
            Ok(vec![GeneralName::Directory(base.joined(&more))])
        }
        _ => Err(NotDer("has a distribution point of an unknown kind")),
    }
}

fn all_names(content: &[u8]) -> Result<Vec<GeneralName>, NotDer> {
    let mut reader = Reader::new(content);
    let mut names = Vec::new();
    while !reader.is_empty() {
        names.push(general_name(reader.next()?)?.0);
    }
    Ok(names)
}

/// The element with this content; names are short.
fn wrap(tag: u8, content: &[u8]) -> Result<Vec<u8>, NotDer> {
    let length = u16::try_from(content.len())
        .map_err(|_| NotDer("has a name that is too long"))?
        .to_be_bytes();
    let mut whole = vec![tag];
    match length {
        [0, short] if short < 0x80 => whole.push(short),
        [0, byte] => whole.extend([0x81, byte]),
        [high, low] => whole.extend([0x82, high, low]),
    }
    whole.extend_from_slice(content);
    Ok(whole)
}
