"""Figures made into documents: .docx to edit and sign, .pdf, .xlsx and SVG charts. Values in, bytes out.

The documents are the Vietnamese state's (Nghị định 30/2020/NĐ-CP) and so are always in Vietnamese, whatever language
their reader's pages are in. The same figures give the same bytes.
"""
