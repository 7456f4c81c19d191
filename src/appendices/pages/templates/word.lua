-- What Word can do and HTML cannot say.

-- A caption's number becomes a field, so that Word can list and count figures and tables.
function Span(element)
  if not element.classes:includes("sequence") then
    return nil
  end
  local kind, place = element.attributes.counts, element.attributes.place
  local field = string.format(
    '<w:fldSimple w:instr=" SEQ %s \\* ARABIC \\r %s "><w:r><w:t>%s</w:t></w:r></w:fldSimple>',
    kind, place, place)
  return { pandoc.Str(element.attributes.lead), pandoc.RawInline("openxml", field) }
end

-- A wide table stands on a sheet of its own, laid across.
function Div(element)
  if not element.classes:includes("across") then
    return nil
  end
  local function section_ends(mark)
    return pandoc.RawBlock("openxml", "<w:p><w:pPr>" .. mark .. "</w:pPr></w:p>")
  end
  table.insert(element.content, 1, section_ends('<w:sectPr><w:pgSz w:orient="portrait" /></w:sectPr>'))
  table.insert(element.content, section_ends('<w:sectPr><w:pgSz w:orient="landscape" /></w:sectPr>'))
  return element
end
