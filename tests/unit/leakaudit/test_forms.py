"""Forms are filled in as a person would, whatever they are for."""

from coder_app.leakaudit.forms import Upload, forms_in

PAGE = """
<p>Before</p>
<form method="post" action="/a">
  <input type="hidden" name="csrf_token" value="f00">
  <input name="name"> <input type="number" name="percent" min="5"> <input type="date" name="since">
  <input type="radio" name="score" value="0"><input type="radio" name="score" value="1">
  <input type="checkbox" name="read"> <input type="file" name="file">
  <select name="person"><option value="">everybody</option><option value="7">Nora</option></select>
  <textarea name="why"></textarea> <input name="closed" disabled>
  <button name="next" value="check">Go on</button>
</form>
<form action="/search"><input type="search" name="q"></form>
"""


def test_every_field_of_a_form_has_a_value():
    form, search = forms_in(PAGE)
    filled = form.filled()
    assert (form.method, form.action) == ("POST", "/a")
    assert filled["csrf_token"] == "f00"
    assert (filled["percent"], filled["score"], filled["read"], filled["person"]) == ("5", "0", "on", "7")
    assert filled["next"] == "check" and filled["why"] and filled["name"]
    assert isinstance(filled["file"], Upload)
    assert "closed" not in filled
    assert (search.method, search.filled()) == ("GET", {"q": "audit"})
