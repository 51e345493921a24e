package github
import ("testing";"smokestack/connectors";"smokestack/analysis/fact";"fmt";"os";"time")
func TestTry(t *testing.T){
 for _,p:=range []string{"bitcoin-github/gui.tar.gz","bitcoin-github/secp256k1.tar.gz","quicwg-github/archives.tar.gz","small-raw-pages/pages.tar.gz"} {
  a:=NewArchive(sharedFile(t,"data",p),"")
  n:=map[fact.Class]int{}; notes:=map[string]int{}; kinds:=map[string]int{}; st:=map[string]int{}; acts:=map[string]int{}
  begin:=time.Now()
  _,err:=a.Pull(t.Context(),connectors.State{},func(b connectors.Batch) error {
    for i:=range b.Records { r:=&b.Records[i]; n[r.Class]++; st[fmt.Sprint(r.Status.ID,"/",r.Resolution.ID," ",r.History.State)]++
      for _,c:=range r.Changes { kinds[fmt.Sprint(c.Kind," ",c.Field)]++ }
      for _,v:=range r.Involvement { acts[fmt.Sprint(v.Act,v.By==0)]++ }
      for _,m:=range r.Mentions { acts[m.Word.String()]++ }
      acts["unseen"]+=r.Unseen
    }
    for _,x:=range b.Notes { k:=string(x.Kind)+" "+x.Reason; notes[k]++; if notes[k]<4 && os.Getenv("V")!="" { fmt.Println(x) } }
    return nil})
  fmt.Println(p,err,n,time.Since(begin)); fmt.Println(st); fmt.Println(kinds); fmt.Println(acts); fmt.Println(notes)
 }
}
