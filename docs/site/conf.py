"""How Sphinx makes the site; the pages are written by staging.py."""

import chainercv_seg

project = 'chainercv_seg'
author = 'The chainercv_seg authors'
copyright = f'{author}, MIT licence'
version = release = chainercv_seg.__version__

add_module_names = False
highlight_language = 'none'
toc_object_entries = False
extensions = ['myst_parser', 'sphinx.ext.autodoc', 'sphinx.ext.napoleon']
exclude_patterns = ['example']
language = 'en'

myst_heading_anchors = 4
myst_enable_extensions = ['attrs_block']
autodoc_typehints = 'description'
autodoc_typehints_description_target = 'documented'
autodoc_typehints_format = 'short'
autodoc_member_order = 'bysource'
# A link to a public name that is on no page is a warning; what is deeper, or others', has no page here.
nitpicky = True
nitpick_ignore_regex = [('py:.*', r'(?!chainercv_seg\.[a-z]+\.\w+$).*')]

html_theme = 'pydata_sphinx_theme'
html_title = f'chainercv_seg {release}'
html_static_path = ['static']
html_css_files = ['site.css']
html_show_sourcelink = False
html_copy_source = False
html_sidebars = {'index': []}
html_theme_options = {
    'logo': {'text': 'chainercv_seg'},
    'header_links_before_dropdown': 6,
    'show_toc_level': 2,
    'footer_start': ['copyright'],
    'footer_end': [],
    'secondary_sidebar_items': {'**': ['page-toc'], 'index': []},
    'pygments_light_style': 'a11y-high-contrast-light',
    'pygments_dark_style': 'a11y-high-contrast-dark',
}
